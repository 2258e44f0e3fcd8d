/* The page: "#table=fct_orders&column=order_id" addresses a table, and a column of it. */

fillMasthead();
if (entries.length) buildCatalogue();
else byId("shown").textContent = "The catalogue holds nothing yet.";
followAddress({
  key: "table",
  find: (name) => tablesByName.get(name),
  titleOf: ({ data_name: name }) => name,
  build: (table, address) => buildDetail(table, address.get("column")),
  title: `${page.project}: catalogue`,
});
