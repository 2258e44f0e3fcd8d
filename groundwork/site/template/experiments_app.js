/* The page: "#experiment=new_home_page" addresses an experiment. */

fillMasthead();
buildOverview();
followAddress({
  key: "experiment",
  find: (id) => experimentsById.get(id),
  titleOf,
  build: buildDetail,
  title: `${page.project}: experiments`,
});
