// The element <overmind-chart>: draws the plot that its attribute holds, and again when another one
// is put there. Whoever writes the element gives it its size and says in words what it shows.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { optionOf } from "./option.js";

use([BarChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

class Chart extends HTMLElement {
  static observedAttributes = ["data-plot"];

  #drawn;
  #size = new ResizeObserver(() => this.#drawn?.resize());

  connectedCallback() {
    this.#drawn = init(this, null, { renderer: "svg" });
    this.#size.observe(this);
    this.#draw();
    // Texts are measured, so they are measured again in the font that they are shown in.
    document.fonts.ready.then(() => this.#draw());
  }

  disconnectedCallback() {
    this.#size.disconnect();
    this.#drawn?.dispose();
    this.#drawn = undefined;
  }

  attributeChangedCallback() {
    this.#draw();
  }

  #draw() {
    const { plot } = this.dataset;
    if (this.#drawn && plot) this.#drawn.setOption(optionOf(JSON.parse(plot), this), true);
  }
}

customElements.define("overmind-chart", Chart);
