-- How scores and labels come about: a score is the probability that follows from what a version
-- sees, so that it is calibrated; a label is known when it is positive, or when its window is over.

create macro logistic(x) as 1 / (1 + exp(-(x)));

-- What a version of some skill (0 to 1) sees of a standard normal truth.
create macro seen(truth, skill, salt, id) as
    skill * truth + sqrt(1 - skill * skill) * normal(salt, id);

-- The probability that follows from it: that of the truth, averaged over what is not seen (MacKay
-- 1992, The evidence framework applied to classification networks, equation 10).
create macro calibrated(intercept, slope, skill, seen_truth) as
    logistic(
        (intercept + slope * skill * seen_truth)
        / sqrt(1 + pi() / 8 * slope * slope * (1 - skill * skill))
    );

-- Some labels never come; some are wrong at first and corrected days later, up to the last batch.
create macro is_labelled(prediction_number) as
    uniform('unlabelled', prediction_number) >= getvariable('labels_share_never');

create macro corrected_batch(settled_at, prediction_number) as
    next_batch(settled_at) + to_days(
        5 + cast(floor(uniform('correction day', prediction_number) * 20) as integer)
    );

create macro is_corrected(settled_at, prediction_number) as
    uniform('corrected label', prediction_number) < getvariable('labels_share_corrected')
    and corrected_batch(settled_at, prediction_number) <= getvariable('last_batch');
