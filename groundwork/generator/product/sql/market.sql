-- What the market looks like: urns of structs, drawn from by share.

create macro urn_of(tickets) as
    flatten(list_transform(tickets, lambda ticket: list_transform(
        range(ticket.share_percent), lambda copy: ticket
    )));

-- buyer_share: ever willing to buy. first_visit_share and first_week_share: of those, who buy when
-- they sign up, and in a visit of the 7 days after. return_mean: visits to come of those who never
-- buy. extra_lines: mean lines of an order beyond the first.
set variable channel_urn = urn_of([
    {
        channel: 'organic_search', share_percent: 30,
        buyer_share: 0.44, first_visit_share: 0.14, first_week_share: 0.20,
        return_mean: 1.7, extra_lines: 0.50,
    },
    {
        channel: 'paid_search', share_percent: 20,
        buyer_share: 0.40, first_visit_share: 0.16, first_week_share: 0.20,
        return_mean: 1.4, extra_lines: 0.42,
    },
    {
        channel: 'paid_social', share_percent: 16,
        buyer_share: 0.24, first_visit_share: 0.06, first_week_share: 0.08,
        return_mean: 1.1, extra_lines: 0.25,
    },
    {
        channel: 'email', share_percent: 8,
        buyer_share: 0.50, first_visit_share: 0.14, first_week_share: 0.20,
        return_mean: 2.0, extra_lines: 0.62,
    },
    {
        channel: 'referral', share_percent: 10,
        buyer_share: 0.60, first_visit_share: 0.25, first_week_share: 0.32,
        return_mean: 2.2, extra_lines: 0.75,
    },
    {
        channel: 'affiliate', share_percent: 6,
        buyer_share: 0.34, first_visit_share: 0.14, first_week_share: 0.20,
        return_mean: 1.2, extra_lines: 0.30,
    },
    {
        channel: 'direct', share_percent: 10,
        buyer_share: 0.44, first_visit_share: 0.14, first_week_share: 0.20,
        return_mean: 1.9, extra_lines: 0.55,
    },
]);

-- What brings a visit after the first one.
set variable return_channel_urn = urn_of([
    {channel: 'direct', share_percent: 42},
    {channel: 'email', share_percent: 26},
    {channel: 'organic_search', share_percent: 18},
    {channel: 'paid_search', share_percent: 8},
    {channel: 'paid_social', share_percent: 4},
    {channel: 'affiliate', share_percent: 2},
]);

-- price_factor: list prices are adapted to what people earn.
set variable country_urn = urn_of([
    {country: 'US', share_percent: 31, price_factor: 1.00},
    {country: 'GB', share_percent: 15, price_factor: 0.95},
    {country: 'DE', share_percent: 13, price_factor: 0.95},
    {country: 'IN', share_percent: 11, price_factor: 0.45},
    {country: 'FR', share_percent: 8, price_factor: 0.90},
    {country: 'BR', share_percent: 7, price_factor: 0.55},
    {country: 'ES', share_percent: 5, price_factor: 0.80},
    {country: 'CA', share_percent: 4, price_factor: 0.98},
    {country: 'NL', share_percent: 3, price_factor: 0.95},
    {country: 'PL', share_percent: 3, price_factor: 0.65},
]);

set variable platform_urn = urn_of([
    {platform: 'web', share_percent: 56},
    {platform: 'ios', share_percent: 24},
    {platform: 'android', share_percent: 20},
]);

-- click_share: of impressions in position 1; further down fewer are seen (see events.sql).
set variable surface_urn = urn_of([
    {surface: 'home', share_percent: 45, click_share: 0.14},
    {surface: 'search', share_percent: 30, click_share: 0.50},
    {surface: 'recommendation', share_percent: 25, click_share: 0.28},
]);
