/* The page: "#model=churn&version=v3&metric=log_loss&measure=ks" addresses a model. */

fillMasthead();
buildOverview();
followAddress({
  key: "model",
  find: (id) => modelsById.get(id),
  titleOf,
  build: (model, address) =>
    buildDetail(model, {
      version: address.get("version"),
      metric: address.get("metric"),
      measure: address.get("measure"),
    }),
  title: `${page.project}: models`,
});
