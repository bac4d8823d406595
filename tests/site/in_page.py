"""What is asked of a page in the browser, as JavaScript."""

# The words of a figure that its frame cuts.
CUT = """figure => {
  const frame = figure.querySelector('.plot-canvas').getBoundingClientRect();
  return [...figure.querySelectorAll('.plot-canvas svg text')].filter(text => {
    const box = text.getBoundingClientRect();
    return text.textContent.trim() && box.width && !text.closest('.textpoint') && (box.left < frame.left - 0.5
      || box.right > frame.right + 0.5 || box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5);
  }).map(text => text.textContent);
}"""

# The pairs of words in a figure that cover each other.
COLLISIONS = """figure => {
  const words = [...figure.querySelectorAll('.plot-canvas svg text')].filter(
    // Words that are a figure's points may lie on each other, as points do.
    text => text.textContent.trim() && text.getBoundingClientRect().width && !text.closest('.textpoint'));
  const found = [];
  const boxes = words.map(word => word.getBoundingClientRect());
  boxes.forEach((a, index) => {
    for (let other = index + 1; other < boxes.length; other++) {
      const b = boxes[other];
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
          && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
        found.push(`${words[index].textContent} and ${words[other].textContent}`);
    }
  });
  return found;
}"""

# The words of all figures that are cut, and the pairs that cover each other.
WORDS = f"""() => [...document.querySelectorAll('figure.plot')].flatMap(
  figure => [...({CUT})(figure), ...({COLLISIONS})(figure)])"""

# The figures that are not drawn, or are not described to those who do not see them.
LACKING = """() => [...document.querySelectorAll('figure.plot')].filter(figure => {
  const words = document.getElementById(figure.getAttribute('aria-describedby'))?.textContent ?? '';
  return words.length <= 20 || !figure.querySelector('svg.main-svg');
}).map(figure => figure.id)"""

# Every drawn figure is as wide as its place.
FOLLOWED = """() => [...document.querySelectorAll('.plot-canvas:has(svg.main-svg)')].every(canvas => Math.abs(
  canvas.querySelector('svg.main-svg').getBoundingClientRect().width - canvas.getBoundingClientRect().width) < 1)"""

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

HEIGHT = "document.documentElement.scrollHeight"

# What the page's height would be if each section below the first two screens had the height guessed for it. (Asked of the
# laid-out page: before, a section that Chromium met while it was still arriving may keep the height that it had then.)
GUESSED = """name => [...document.querySelectorAll('article > section > section')]
  .map(section => [section.getBoundingClientRect(), parseFloat(getComputedStyle(section).getPropertyValue(name))])
  .filter(([box, guess]) => guess && box.top + scrollY > 2 * innerHeight)
  .reduce((height, [box, guess]) => height + guess - box.height, document.documentElement.scrollHeight)"""

# The outputs of which a reader sees a part only: printed lines, and tables of numbers.
CUT_OFF = """() => [...document.querySelectorAll('.cell_output :is(pre, .table-box:has(td.text-right))')]
  .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth && !box.closest('.tag_remove-input, .highlight'))
  .map(box => box.textContent.trim().slice(0, 60))"""

# What scrolls sideways without a shade at its edge and a place for the focus, or has one of them and does not scroll.
UNMARKED = """() => [...document.querySelectorAll('article :is(pre, .table-box, .katex-display)')]
  .filter(box => box.checkVisibility() && box.clientWidth)
  .filter(box => [getComputedStyle(box).backgroundImage.includes('gradient'), box.tabIndex === 0]
    .some(marked => marked !== box.scrollWidth > box.clientWidth))
  .map(box => box.textContent.slice(0, 60))"""

# What axe-core complains of. A formula's visible half is thousands of spans in the text's colour,
# hidden from readers' tools, which get its MathML.
AXE = """async options => {
  const { violations } = await axe.run({ exclude: ['.katex-html'] }, { resultTypes: ['violations'], ...options });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\\n${failureSummary}`));
}"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]

# Empties the page but for one text of each look: its colours, its size, and what lies behind it and around it.
# axe-core judges a text's colours only after it has measured all that the page holds.
THIN_OUT = """() => {
  const behind = new Map([[null, '']]);
  const layers = element => {
    if (!behind.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      behind.set(element, `${layers(element.parentElement)} / ${backgroundColor} ${backgroundImage} ${opacity}`);
    }
    return behind.get(element);
  };
  const looks = new Map();
  for (const element of document.body.querySelectorAll(':not(.katex *, script, style)')) {
    const speaks = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!speaks || !element.checkVisibility()) continue;
    const { color, fontSize, fontWeight, textDecoration } = getComputedStyle(element);
    const around = getComputedStyle(element.parentElement).color;
    const look = [element.localName, color, fontSize, fontWeight, textDecoration, around, layers(element)].join();
    if (!looks.has(look)) looks.set(look, element);
  }
  const kept = new Set();
  for (let element of looks.values()) {
    for (; element && !kept.has(element); element = element.parentElement) kept.add(element);
  }
  window.thinnedOut = [...document.body.querySelectorAll('*')]
    .filter(element => !kept.has(element) && kept.has(element.parentElement))
    .map(element => {
      const content = document.createDocumentFragment();
      content.append(...element.childNodes);
      element.toggleAttribute('data-thinned-out', true);
      return { element, content };
    });
}"""
THINNED_OUT = "[data-thinned-out] { display: none !important }"

# Leaves of code its letters and of a formula what readers' tools get: their thousands of spans are in no one's way.
PLAIN = """() => {
  window.thinnedOut = [...document.querySelectorAll('pre, .katex-html')].map(element => {
    const content = document.createDocumentFragment(), letters = element.matches('pre') ? element.textContent : '';
    content.append(...element.childNodes);
    element.textContent = letters;
    return { element, content };
  });
}"""
FILL_UP = """() => window.thinnedOut.forEach(({ element, content }) => {
  element.replaceChildren(content);
  element.removeAttribute('data-thinned-out');
})"""

# The pairs of a formula and what touches it, of which the second stands in another line at one of some widths of the text.
TORN = r"""widths => {
  const accept = node => {
    if (node.parentElement.closest('.math, pre, script, svg')) return NodeFilter.FILTER_REJECT;
    return node.nodeType === Node.TEXT_NODE || node.matches('span.math')
      ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
  };
  const article = document.querySelector('article');
  const walk = document.createTreeWalker(article, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, accept);
  const pairs = [];
  let before;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const block = node.parentElement.closest('p, li, th, td, h1, h2, h3, figure');
    const math = node.nodeType !== Node.TEXT_NODE;
    const here = { node, block, math, text: math ? node.querySelector('annotation').textContent : node.data };
    if (before?.block === block && (before.math || here.math)
        && (before.math || /\S$/.test(before.text)) && (here.math || /^\S/.test(here.text)))
      pairs.push([before, here]);
    before = here;
  }
  const box = ({ node, math }, at) => {
    if (math) return [...node.querySelectorAll('.base')].at(at).getBoundingClientRect();
    const range = document.createRange(), start = at < 0 ? node.length - 1 : 0;
    range.setStart(node, start);
    range.setEnd(node, start + 1);
    return range.getBoundingClientRect();
  };
  const torn = widths.flatMap(width => {
    article.style.width = width && `${width}px`;
    return pairs.filter(([one, other]) => {
      const last = box(one, -1), first = box(other, 0);
      return !(last.right < first.left + 3 && last.top < first.bottom && first.top < last.bottom);
    }).map(([one, other]) => `${one.text.slice(-30)} | ${other.text.slice(0, 30)} at ${width || innerWidth} px`);
  });
  article.style.width = '';
  return torn;
}"""

# What a sheet of paper would cut.
WIDE = """() =>
  [...document.querySelectorAll('article :is(pre, .table-box, .katex-display, .plot-canvas svg)')]
    .filter(box => box.checkVisibility() && (box.scrollWidth > box.clientWidth + 1
      || box.getBoundingClientRect().right > 681))
    .map(box => box.textContent.slice(0, 80))"""
