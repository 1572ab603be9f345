"""Trains and predicts side by side with transformers' Trainer, as documented and at its best.

    pip install accelerate
    OMP_NUM_THREADS=1 python benchmarks/trainer.py phase DATA_ROOT MODEL [rounds]
    OMP_NUM_THREADS=1 python benchmarks/trainer.py loop DATA_ROOT MODEL [rounds]
    OMP_NUM_THREADS=1 python benchmarks/trainer.py predict DATA_ROOT MODEL [rounds]

phase: MODEL with its embedding widened to 250,002 rows, 1,500 rows of MNLI, one epoch in batches of
32: loading, tokenizing, training, writing. loop: the same 640 rows through a fresh encoder of 12
blocks of 768, 20 updates. predict: 15 languages of XNLI, 100 items each, with MODEL.

The ways take turns, each run in a process of its own. "process" is its wall time; "phase" leaves
the imports out; "loop" is training or prediction alone. "use" is 6 x weights without embeddings x
real tokens, by the loop's seconds, over what the encoder's own matrix products reached just before
and after it. Trainer as documented pads to 128 in float32; at its best it pads to the longest of a
batch, sorts by length (training only: predict has no such option), and uses bf16, if the hardware
does, and fused AdamW.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.phases import Phase, Train
    from xharness.plugin.registry import Registry
    from xharness.store.store import Store

THREADS = 1
ROWS = {"phase": 1500, "loop": 640}
BATCH, LENGTH, RATE, VOCABULARY = 32, 128, 1e-4, 250_002
WAYS = {
    "phase": ("xharness", "best", "documented"),
    "loop": ("xharness", "best"),
    "predict": ("xharness", "best"),
}
ITEMS = 100
"""Of each language, to predict."""
PEAK_SECONDS = 1.0
"""Spent on each measurement of the peak."""
LANGUAGES = "ar bg de el en es fr hi ru sw th tr ur vi zh".split()


def main() -> None:
    """Run all ways in turn and print medians, spread and ratios."""
    what, root, model = sys.argv[1], sys.argv[2], sys.argv[3]
    if len(sys.argv) > 4 and sys.argv[4] in WAYS["phase"]:
        child(what, root, Path(model), sys.argv[4], float(sys.argv[5]))
        return
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS[what]}
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(what, Path(model), Path(folder))
        for _ in range(rounds):
            for way, values in found.items():
                # The documented way takes minutes and its ratio is large: two runs are enough.
                if way == "documented" and len(values) == 2:
                    continue
                command = [sys.executable, __file__, what, root, str(prepared), way]
                command.append(str(time.time()))
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                values.append(json.loads(done.stdout.splitlines()[-1]))
                print(way, {k: round(v, 3) for k, v in values[-1].items()}, flush=True)
    ours = found["xharness"]
    for way, values in found.items():
        for name in values[0]:
            column = [v[name] for v in values]
            line = f"{way:12}{name:10}{statistics.median(column):9.3f}"
            line += f"  ({min(column):.3f}-{max(column):.3f}, {len(column)} runs)"
            if way != "xharness" and name in {"process", "phase", "loop"}:
                pairs = [v[name] / o[name] for v, o in zip(values, ours, strict=False)]
                line += f"  {statistics.median(pairs):.2f} times ours"
                line += f" ({min(pairs):.2f}-{max(pairs):.2f})"
            print(line)


def prepare(what: str, model: Path, folder: Path) -> Path:
    """Return the folder of the encoder that a measurement uses, made from the user's."""
    import torch
    from transformers import AutoModel, AutoTokenizer, XLMRobertaConfig, XLMRobertaModel

    if what == "predict":
        return model
    tokenizer = AutoTokenizer.from_pretrained(model)
    torch.manual_seed(0)
    if what == "phase":
        encoder = AutoModel.from_pretrained(model)
        encoder.resize_token_embeddings(VOCABULARY, mean_resizing=False)
    else:
        config = XLMRobertaConfig(
            vocab_size=VOCABULARY, max_position_embeddings=514, pad_token_id=0, type_vocab_size=1
        )
        encoder = XLMRobertaModel(config)
    encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def child(what: str, root: str, model: Path, way: str, started: float) -> None:
    """Do one measurement in this process, which was started at a time, and print it as JSON."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        measure = {
            ("phase", True): ours_trained,
            ("loop", True): ours_trained,
            ("predict", True): ours_predicted,
            ("phase", False): trainer_trained,
            ("loop", False): trainer_trained,
            ("predict", False): trainer_predicted,
        }[what, way == "xharness"]
        measured = measure(what, root, model, way, Path(folder))
        measured["process"] = measured.pop("ended") - started
        print(json.dumps(measured))


def training(loaded: Registry, model: Path, rows: int) -> Train:
    """Return the training that is measured: one epoch of some rows of MNLI."""
    from xharness.engine.encoder import profile
    from xharness.phases import Model, Recipe, Stream, Train

    stream = Stream(
        task="mnli",
        version=loaded.tasks["mnli"].version,
        data="folder",
        languages=("en",),
        limit=rows,
        max_length=LENGTH,
    )
    return Train(
        start=Model(weights=str(model), tokenizer="", name="bench", location=str(model)),
        streams=(stream,),
        recipe=Recipe(learning_rate=RATE, batch=BATCH, epochs=1),
        seed=1,
        precision=profile.native("cpu"),
    )


def seconds_of(phases: Sequence[Phase], store: Store, loaded: Registry, root: Path) -> float:
    """Return how long it took to run phases into a store."""
    from xharness.execution import run

    settings = run.RunSettings(device="cpu", threads=THREADS, data_root=root, offline=True)
    began = time.perf_counter()
    outcome = run.run(phases, store, loaded, settings)
    if outcome.failed:
        raise SystemExit(str(outcome.failed))
    return time.perf_counter() - began


def ours_trained(what: str, root: str, model: Path, way: str, folder: Path) -> dict[str, float]:
    """Return the seconds of one training phase, and what became of it."""
    del way
    from xharness.engine.encoder import network_files
    from xharness.engine.training import loop
    from xharness.keys import key
    from xharness.plugin import registry
    from xharness.store.store import Store

    measured: dict[str, float] = {}
    learn = loop.learn

    def timed(phase: Train, network: Any, data: Any, hardware: Any, run: Any) -> Any:
        before = peak(network.encoder)
        began = time.perf_counter()
        progress = learn(phase, network, data, hardware, run)
        measured["loop"] = time.perf_counter() - began
        reached = statistics.fmean([before, peak(network.encoder)])
        done = 6 * inner_weights(network.encoder) * progress.tokens / measured["loop"]
        measured.update(peak=reached / 1e9, use=done / reached, tokens=progress.tokens)
        return progress

    loop.learn = timed
    loaded, store = registry.load(), Store(folder / "store")
    phase = training(loaded, model, ROWS[what])
    apart = 2 * PEAK_SECONDS
    measured["phase"] = seconds_of([phase], store, loaded, Path(root)) - apart
    measured["ended"] = time.time() - apart
    if what == "phase":
        network = network_files.load(store.find(key(phase)).folder("checkpoints/0"), "trained")
        network.encoder.eval()
        head = network.heads["mnli"]
        measured["dev"] = accuracy(
            root,
            network.tokenizer,
            head.labels,
            lambda inputs: head.linear(network.encoder(**inputs).last_hidden_state[:, 0]),
        )
    return measured


def inner_weights(encoder: Any) -> int:
    """Return how many weights an encoder has outside its embeddings and pooler."""
    outside = ("embeddings", "pooler")
    return sum(p.numel() for n, p in encoder.named_parameters() if not n.startswith(outside))


def peak(encoder: Any) -> float:
    """Return the FLOP/s of an encoder's own matrix shapes with a batch of 32 x 41 tokens."""
    import torch

    from xharness.engine.encoder import profile

    kind = {"bf16": torch.bfloat16}.get(profile.native("cpu"), torch.float32)
    width = encoder.config.hidden_size
    shapes = [(width, width), (width, 4 * width), (4 * width, width)]
    done, began = 0.0, time.perf_counter()
    pairs = [(torch.randn(BATCH * 41, k).to(kind), torch.randn(n, k).to(kind)) for k, n in shapes]
    weights = (4, 1, 1)  # of a block's products four are width x width
    with torch.inference_mode():
        while time.perf_counter() - began < PEAK_SECONDS:
            for (rows, matrix), times in zip(pairs, weights, strict=True):
                for _ in range(times):
                    torch.nn.functional.linear(rows, matrix)
                    done += 2.0 * rows.numel() * matrix.shape[0]
    return done / (time.perf_counter() - began)


def mnli(root: str, split: str, rows: int) -> Any:
    """Return the first rows of MNLI as the datasets library reads them, labelled ones only."""
    from datasets import load_dataset

    return load_dataset(f"{root}/nyu-mll/glue", "mnli", split=split).select(range(rows))


def accuracy(root: str, tokenizer: Any, labels: Any, logits: Any) -> float:
    """Return the percentage right of 500 development rows."""
    import torch

    rows = mnli(root, "validation_matched", 500)
    names, right = rows.features["label"].names, 0
    with torch.inference_mode():
        for start in range(0, len(rows), 50):
            part = rows[start : start + 50]
            inputs = tokenizer(
                part["premise"], part["hypothesis"], padding=True, truncation=True,
                max_length=LENGTH, return_tensors="pt",
            )  # fmt: skip
            best = logits(inputs).argmax(dim=1).tolist()
            right += sum(labels[b] == names[g] for b, g in zip(best, part["label"], strict=True))
    return 100 * right / len(rows)


def trainer_trained(what: str, root: str, model: Path, way: str, folder: Path) -> dict[str, float]:
    """Return the seconds that the Trainer takes for the same training."""
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainerCallback,
        TrainingArguments,
    )

    from xharness.engine.encoder import profile

    times: dict[str, float] = {}

    class Clock(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            times["began"] = time.perf_counter()

        def on_train_end(self, *_: Any, **__: Any) -> None:
            times["ended"] = time.perf_counter()

    documented = way == "documented"
    began = time.perf_counter()
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForSequenceClassification.from_pretrained(model, num_labels=3)
    rows = mnli(root, "train", ROWS[what])
    names = rows.features["label"].names
    rows = rows.map(
        lambda part: tokenizer(
            part["premise"], part["hypothesis"], truncation=True, max_length=LENGTH,
            padding="max_length" if documented else False,
            return_token_type_ids=network.config.type_vocab_size > 1,
        ),
        batched=True,
        load_from_cache_file=False,
    )  # fmt: skip
    at_its_best = {
        "bf16": profile.native("cpu") == "bf16",
        "optim": "adamw_torch_fused",
        "train_sampling_strategy": "group_by_length",
    }
    arguments = TrainingArguments(
        output_dir=str(folder / "out"),
        num_train_epochs=1,
        per_device_train_batch_size=BATCH,
        learning_rate=RATE,
        warmup_steps=0.1,
        lr_scheduler_type="linear",
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        seed=1,
        **({} if documented else at_its_best),
    )
    trainer = Trainer(
        model=network,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        data_collator=None if documented else DataCollatorWithPadding(tokenizer),
        callbacks=[Clock()],
    )
    trainer.train()
    trainer.save_model(str(folder / "model"))
    measured = {"phase": time.perf_counter() - began, "loop": times["ended"] - times["began"]}
    measured["ended"] = time.time()
    if what == "phase":
        network.eval()
        measured["dev"] = accuracy(root, tokenizer, names, lambda inputs: network(**inputs).logits)
    return measured


def ours_predicted(what: str, root: str, model: Path, way: str, folder: Path) -> dict[str, float]:
    """Return the seconds of 15 prediction phases with one network."""
    del what, way

    from xharness.engine.encoder import network_files, profile
    from xharness.engine.encoder.network import fresh_head
    from xharness.engine.prediction import predict
    from xharness.phases import Model, Predict
    from xharness.plugin import registry
    from xharness.store.store import Store

    loaded = registry.load()
    task = loaded.tasks["xnli"]
    network = network_files.load(model, "bench")
    head = fresh_head(loaded.tasks["mnli"], network.encoder, 1)
    network.heads["mnli"] = head
    network_files.save(network, folder / "model")
    where = str(folder / "model")
    phases = [
        Predict(
            start=Model(weights="", tokenizer="", name="bench", location=where),
            task="xnli", version=task.version, data="folder", language=language, split="test",
            limit=ITEMS, max_length=LENGTH, precision=profile.native("cpu"),
        )
        for language in LANGUAGES
    ]  # fmt: skip
    forwards = [0.0]
    run_batches = predict.run_batches

    def timed(*given: Any) -> Any:
        began = time.perf_counter()
        out = run_batches(*given)
        forwards[0] += time.perf_counter() - began
        return out

    predict.run_batches = timed
    whole = seconds_of(phases, Store(folder / "store"), loaded, Path(root))
    return {"phase": whole, "loop": forwards[0], "ended": time.time()}


def trainer_predicted(
    what: str, root: str, model: Path, way: str, folder: Path
) -> dict[str, float]:
    """Return the seconds that Trainer.predict takes for the same rows."""
    del what, way
    from datasets import Dataset
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    from xharness.data import reading
    from xharness.data.sources import Origin
    from xharness.engine.encoder import profile
    from xharness.plugin import registry

    task = registry.load().tasks["xnli"]
    origin = Origin(data_root=Path(root), offline=True, digest="folder")
    texts = {}
    for language in LANGUAGES:  # the same rows, read before the clock starts
        rows = reading.load(task, (language,), "test", (ITEMS, 0), origin).examples
        texts[language] = {"premise": [r.text for r in rows], "hypothesis": [r.pair for r in rows]}
    began = time.perf_counter()
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForSequenceClassification.from_pretrained(model, num_labels=3)
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_eval_batch_size=BATCH,
        bf16_full_eval=False,
        bf16=profile.native("cpu") == "bf16",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(
        model=network,
        args=arguments,
        processing_class=tokenizer,
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    forwards = 0.0
    for language in LANGUAGES:
        rows = Dataset.from_dict(texts[language]).map(
            lambda part: tokenizer(
                part["premise"], part["hypothesis"], truncation=True, max_length=LENGTH
            ),
            batched=True,
            load_from_cache_file=False,
        )
        start = time.perf_counter()
        trainer.predict(rows)
        forwards += time.perf_counter() - start
    phase_seconds = time.perf_counter() - began
    return {"phase": phase_seconds, "loop": forwards, "ended": time.time()}


if __name__ == "__main__":
    main()
