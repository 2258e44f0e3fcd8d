/* The page: "#metric=net_revenue&grain=month&by=user__country" addresses a metric. */

fillMasthead();
buildFront();
buildOverview();
followAddress({
  key: "metric",
  find: (name) => metricsByName.get(name),
  titleOf: (metric) => metric.label,
  build: (metric, address) =>
    buildDetail(metric, { grain: address.get("grain"), by: address.get("by") }),
  title: `${page.project}: metrics`,
});
