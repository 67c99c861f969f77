using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>A parameter specification gives the name, the shape and the fan-in of a parameter that a layer needs.</summary>
/// <param name="Name">The full name, for example <c>conv1.weight</c>.</param>
/// <param name="Shape">The shape, laid out as PyTorch lays it out.</param>
/// <param name="FanIn">The number of inputs that each output of the layer sums over; sets the scale of initial values.</param>
public sealed record ParameterSpecification(string Name, TensorShape Shape, int FanIn);
