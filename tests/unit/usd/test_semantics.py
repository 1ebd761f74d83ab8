from boxfit.usd.subjects import read_class_names
from pxr import Sdf


def add_legacy(prim, instance, kind, data):
    for name, value in (("semanticType", kind), ("semanticData", data)):
        prim.CreateAttribute(f"semantic:{instance}:params:{name}", Sdf.ValueTypeNames.String).Set(value)


def test_read_class_names_reads_both_schemas_once_each_and_classes_alone(stage):
    add_legacy(stage.DefinePrim("/Clock"), "Semantics", "class", "clock")
    add_legacy(stage.DefinePrim("/Clock"), "Other", "colour", "red")
    add_legacy(stage.DefinePrim("/Again"), "Semantics", "class", "clock")
    labels = stage.DefinePrim("/Table").CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray)
    labels.Set(["table", "furniture"])
    assert read_class_names(stage) == ("clock", "table", "furniture")


def test_read_class_names_of_a_stage_without_labels_is_empty(stage):
    stage.DefinePrim("/Clock").CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray)
    assert read_class_names(stage) == ()


def test_read_class_names_of_a_label_written_as_one_text_gives_it_whole(stage):
    labels = stage.DefinePrim("/Clock").CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.String)
    labels.Set("clock")
    assert read_class_names(stage) == ("clock",)
