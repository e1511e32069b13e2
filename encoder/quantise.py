"""Makes the 8-bit variant of an image tower: dynamic, one scale per channel."""

import logging
from pathlib import Path

FLOAT32 = "image.onnx"
INT8 = "image-int8.onnx"
INT8_COSINE = 0.99
INT8_OVERLAP = 0.9
"""What an 8-bit tower must reach against its float32 one: mean cosine, mean share of neighbours."""


def quantise_image_tower(folder: Path) -> bool:
    """Write ``image-int8.onnx`` beside ``image.onnx``; False if nothing in it can be quantised.

    Matrix products only: dynamic convolutions are slower than float32 ones. Weights get seven bits,
    because eight overflow silently on x86 without VNNI (see training/README.md). Needs onnx.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network = onnx.load(folder / FLOAT32)
    if not {"MatMul", "Gemm"} & {node.op_type for node in network.graph.node}:
        return False
    del network.graph.value_info[:]  # the exporter's symbolic shapes don't survive new nodes
    mark = network.metadata_props.add()
    mark.key, mark.value = "onnx.quant.pre_process", "onnxruntime.quant"  # or it warns
    silence = logging.NullHandler()
    logging.getLogger().addHandler(silence)  # it logs to the root logger
    try:
        quantize_dynamic(
            network,
            folder / INT8,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
    finally:
        logging.getLogger().removeHandler(silence)
    return True
