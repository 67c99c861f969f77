using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Models;

/// <summary>A tensor that takes no part in the average; it is written back bit for bit.</summary>
/// <param name="Name">The name of the tensor.</param>
/// <param name="Dtype">The type of the elements.</param>
/// <param name="Reason">The reason.</param>
public sealed record LocalTensor(string Name, SafetensorsDtype Dtype, LocalReason Reason);
