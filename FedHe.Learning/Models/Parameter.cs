using FedHe.Learning.Tensors;

namespace FedHe.Learning.Models;

/// <summary>A parameter is a named tensor that training changes in place.</summary>
/// <param name="Name">The parameter's name, for example <c>conv1.weight</c>.</param>
/// <param name="Value">The tensor of the parameter's values.</param>
public sealed record Parameter(string Name, Tensor Value);
