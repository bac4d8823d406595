// A table in a cell tagged `filter` gets a choice for each column that has few different entries,
// and says how many rows are left.

const FEW = 9;

for (const table of document.querySelectorAll(".tag_filter table")) {
  const rows = [...table.tBodies[0].rows];
  const text = (row, column) => row.cells[column].textContent.trim();
  const form = document.createElement("form");
  form.className = "filter";
  form.ariaLabel = "Rows of the table that are shown";

  const choices = [...table.tHead.rows[0].cells].flatMap((heading, column) => {
    const entries = [...new Set(rows.map((row) => text(row, column)))];
    if (entries.length < 2 || entries.length > FEW || entries.length === rows.length) return [];
    const box = document.createElement("div");
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.id = label.htmlFor = `filter-${column}`;
    label.textContent = heading.textContent.trim();
    select.append(new Option("any", ""), ...entries.map((entry) => new Option(entry)));
    box.append(label, select);
    form.append(box);
    return [{ column, select }];
  });

  const count = document.createElement("output");
  const show = () => {
    for (const row of rows) {
      row.hidden = choices.some(({ column, select }) => select.value && select.value !== text(row, column));
    }
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  form.append(count);
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
  (table.closest(".table-box") ?? table).before(form);
}
