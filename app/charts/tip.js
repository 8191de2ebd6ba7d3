// What a row of the table says, beside the pointer. Names are people's own text: they are put in as
// text and never as markup.

function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

export function tip(plot, row, colour) {
  const lines = plot.columns.map((column) => {
    const dot = element("span", "size-2 shrink-0 rounded-full");
    dot.style.background = colour(column, row);
    const name = element("span", "grow text-muted", column.name);
    return element(
      "div",
      "flex items-center gap-2",
      dot,
      name,
      element("span", "pl-4 tabular-nums", column.texts[row] ?? ""),
    );
  });
  return element(
    "div",
    "max-w-64 rounded-sm border border-line bg-raised px-3 py-2 font-sans text-xs whitespace-normal text-text shadow-md",
    element("p", "font-medium wrap-anywhere", plot.labels[row] ?? ""),
    ...lines,
  );
}
