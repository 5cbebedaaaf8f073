// The shapes that the server's answers have and that the page's parts hand to one another.

export type State = "queued" | "running" | "paused" | "done" | "failed" | "cancelled";

/** Where a run stands now (`status.json`). */
export interface Status {
  state: State;
  step: number;
  /** Share of the budget that is used, 0 to 1. */
  progress: number;
  /** Examples a second. */
  rate: number;
  /** Seconds that are left, as far as that is known. */
  left: number | null;
  message: string;
  updated: number;
}

/** One run in the list of a lab's runs. */
export interface Summary {
  id: string;
  name: string;
  title: string;
  lab: string;
  /** Of its data, as are all further fields of their `Spec`: "images", "clips", "points" or "rolls". */
  kind: string;
  classes: string[];
  /** Of images and clips alone: how many color channels, and the side in pixels. */
  channels: number;
  size: number;
  /** Of clips alone: how many frames one has. */
  frames: number;
  /** What one calls examples of them: "pictures". */
  example: string;
  /** Of images alone: what else is known of each, with the names of the values. */
  attributes?: { name: string; values: string[] }[];
  /** Whether its network is given a class of the data, to generate an example of it. */
  conditional: boolean;
  /** Whether it is given all attributes of the data. */
  takes_attributes: boolean;
  /** Whether its network draws images out of nothing. */
  generates: boolean;
  /** Whether it can be trained step by step while one looks. */
  playable: boolean;
  /** The name of its data set, and what people call that. */
  data: string;
  data_title: string;
  shipped: boolean;
  /** Whether whoever asks may pause, stop, resume and delete it. */
  mine: boolean;
  /** Seconds since 1970. */
  created: number;
  /** The experiment that it belongs to, if any. */
  group: string;
  parent: { run: string; step: number } | null;
  resumable: boolean;
  status: Status;
  final: { values: Record<string, number | null>; n: number } | null;
  /** Names of the views that fit its network. */
  views: string[];
  /** The metric that matters most, and whether it "falls" or "rises" as a run gets better. */
  watched: string[];
  /** What people call metrics and terms, by name or by its beginning. */
  labels: Record<string, string>;
  /** Names in `labels` of numbers from 0 to 1 that are told in percent. */
  shares: string[];
}

/** The value of an option of a view. */
export type Value = string | number | boolean;
export type Values = Record<string, Value>;

/** One option of a view, or one knob of a recipe, as the server has declared it. */
export interface Option {
  name: string;
  /** "class", "attributes", "name", "picture" and "run" are texts; "seed" is a whole number. */
  kind:
    | "switch"
    | "choice"
    | "class"
    | "attributes"
    | "name"
    | "picture"
    | "run"
    | "text"
    | "number"
    | "integer"
    | "seed";
  /** Whether it may be "", which is nothing. */
  optional: boolean;
  /** What its control is called; empty where it has none. */
  label: string;
  help: string;
  default: Value;
  /** What choices are called, by value; of a number, those worth trying. */
  names: Record<string, string>;
  ge: number | null;
  le: number | null;
  /** The step of a slider. */
  step: number | null;
  /** Of a text, a regular expression. */
  pattern: string | null;
  /** How many characters a text may have. */
  max_length: number;
  /** What a number counts. */
  unit: string;
  /** Whether a form keeps it in sight. */
  shown: boolean;
}

/** What an answer depends on: names of options, and of inputs that the visitor chooses. */
export interface Needs {
  options: string[];
  chosen: string[];
}

/** What a run says of what is on the stage, at each of its frames. */
export interface Trace {
  steps: number[];
  /** By frame, a value for each of the names; NaN where the network was not large enough to say any. */
  values: number[][];
  names: string[];
  /** Whether the values are shares of one whole. */
  shares: boolean;
  /** Of values that are none, the least and the most that they can be, where they have such. */
  ends?: [number, number];
}

/** One view of a lab, as the server has declared it. */
export interface View {
  name: string;
  title: string;
  question: string;
  about: string;
  /** Its module, below the folder of all labs. */
  painter: string;
  options: Option[];
  /** What each of its answers depends on, by name. */
  parts: Record<string, Needs>;
  /** What its answer through time depends on, where it has one. */
  trace: Needs | null;
  /** Of a blind game, what a choice is sent with. */
  game: Needs | null;
  stepping: Stepping | null;
}

/** How the runs of a view are trained step by step on the stage. */
export interface Stepping {
  /** What the buttons of single steps say, by the phase that steps alone; "" is all in turn. */
  phases: Record<string, string>;
  /** The knobs beside the stage. */
  knobs: Option[];
  /** Names of those with which a run begins again; the others turn while it is trained. */
  fresh: string[];
  /** Recipes to begin with, by name. */
  presets: Record<string, Preset>;
}

/** A recipe to begin with: what it is called, what it shows, and the knob that cures what fails in it. */
export interface Preset {
  label: string;
  about: string;
  cure: { knob: string; value: Knob } | null;
}

/** A question of a lesson, and what there is to know of its answer; formulas are MathML. */
export interface Card {
  question: string;
  /** None where the answer is a place. */
  answers: string[];
  /** The index of the one that is right. */
  right: number;
  /** Where it was measured, in shares of the view's main canvas: left, top, right, bottom. */
  region: [number, number, number, number] | null;
  /** The address that a place is asked for at, by key. */
  ask: Record<string, string>;
  /** The address that shows it, by key. */
  show: Record<string, string>;
  /** Whether the film is played then. */
  play: boolean;
  happened: string;
  formula: string;
  symbols: { symbol: string; meaning: string }[];
  code: { path: string; number: number; line: string };
  paper: { title: string; url: string };
}

export type Knob = string | number | boolean | null;

/** One line of `events.jsonl`. */
export interface TrainingEvent {
  event: string;
  step: number;
  values?: Record<string, number>;
  parameters?: number;
  seconds?: number;
  label?: string;
  knobs?: Record<string, Knob>;
  n?: number;
  final?: boolean;
}

/** A run with everything about it that is new since the last answer. */
export interface News extends Summary {
  seen: string;
  position: number;
  events: TrainingEvent[];
  snapshots: number[];
  previews: number[];
  /** The media type of the previews; empty as long as there is none. */
  media: string;
  knobs: Record<string, Knob>;
  /** The knobs in which a branch differs from its parent. */
  changed: Record<string, Knob>;
  card: string;
}

/** A value at a step of the training: [step, value]. */
export type Point = [step: number, value: number];

/** The numbers of a tensor, row by row. */
export type Numbers = Float32Array | Int32Array | Uint8Array<ArrayBuffer> | number[] | boolean[];

export interface Tensor<Data extends Numbers = Numbers> {
  data: Data;
  shape: number[];
}

/** What an answer says of the test examples that it is about. */
export interface Tested {
  /** Whether examples that ship stand in their place, as the data are not on this machine. */
  stand_ins?: boolean;
}

/** What the server says of something: words, and tensors by name. */
export interface Answer<Words, Tensors extends Record<string, Numbers>> {
  words: Words & Tested;
  tensors: { [Name in keyof Tensors]: Tensor<Tensors[Name]> };
}

/** One picture (C, H, W), or several of them (N, C, H, W). */
export type Pictures = Tensor<Uint8Array<ArrayBuffer>>;

export type Query = Record<string, string | number | boolean | null | undefined>;

/** What the form of a lab offers. */
export interface FormOffer {
  /** By kind of recipe: what people call it, its knobs, and the data that fit, as name and title. */
  kinds: Record<string, { title: string; knobs: Option[]; data: [name: string, title: string][] }>;
  /** By name, each with all its knobs, in their order. */
  recipes: Record<string, { kind: string; knobs: Record<string, Knob> }>;
}

/** What fills the form. */
export interface Filling {
  recipe: string;
  kind: string;
  knobs: Record<string, Knob>;
}

/** Nearest training pictures (N, C, H, W), their classes and distances, and how many there were to choose from. */
export type Nearest = Answer<
  { of: number; features: string },
  { pictures: Uint8Array<ArrayBuffer>; labels: Int32Array; distances: Float32Array }
>;
