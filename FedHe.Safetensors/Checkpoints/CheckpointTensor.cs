using System.Collections.Immutable;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Checkpoints;

/// <summary>A tensor of a checkpoint.</summary>
/// <param name="Name">The name of the tensor.</param>
/// <param name="Dtype">The type of the elements.</param>
/// <param name="Shape">The lengths of the dimensions, each 0 or more; empty for a scalar.</param>
/// <param name="FileName">The name of the file that the tensor lies in.</param>
public sealed record CheckpointTensor(string Name, SafetensorsDtype Dtype, ImmutableArray<long> Shape, string FileName)
{
    /// <summary>The number of elements; 1 for a scalar, and 0 where a dimension has the length 0.</summary>
    public long ElementCount => Shape.Aggregate(1L, (count, length) => count * length);
}
