using FedHe.Learning.Tensors;

namespace FedHe.Learning.Models;

/// <summary>A named tensor that training changes in place.</summary>
/// <param name="Name">The name, for example <c>conv1.weight</c>.</param>
/// <param name="Value">The values.</param>
public sealed record Parameter(string Name, Tensor Value);
