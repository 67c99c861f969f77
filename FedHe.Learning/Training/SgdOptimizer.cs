using System.Numerics.Tensors;
using FedHe.Learning.Models;

namespace FedHe.Learning.Training;

/// <summary>The optimizer is stochastic gradient descent with momentum, weight decay, the proximal term of
/// FedProx and the correction of SCAFFOLD.</summary>
/// <remarks>With g as the gradient plus decay, proximal term and correction: v = momentum x v + g, parameter -= learning rate x v.
/// Source of the proximal term: Li et al., "Federated Optimization in Heterogeneous Networks" (2020), section 3.2.</remarks>
internal sealed class SgdOptimizer
{
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly float[][] _velocities;
    private readonly float[][] _anchors;

    public SgdOptimizer(IReadOnlyList<Parameter> parameters, TrainingOptions options)
    {
        if (options.Correction is not null && !Fits(options.Correction, parameters))
        {
            throw new ArgumentException("The correction must have one number for each value of each parameter, or none for a parameter whose gradient is as it is.", nameof(options));
        }

        _options = options;
        _parameters = parameters;
        _velocities = [.. parameters.Select(parameter => new float[parameter.Value.Length])];
        _anchors = options.ProximalTerm > 0 ? [.. parameters.Select(parameter => parameter.Value.Values.ToArray())] : [];
    }

    /// <summary>Moves one parameter against its gradient.</summary>
    public void Step(int index, ReadOnlySpan<float> gradient)
    {
        Span<float> values = _parameters[index].Value.Values;
        float[] velocity = _velocities[index];
        TensorPrimitives.MultiplyAdd(velocity, _options.Momentum, gradient, velocity);
        if (_options.Correction is not null && !_options.Correction[index].IsEmpty)
        {
            TensorPrimitives.Add(velocity, _options.Correction[index].Span, velocity);
        }

        if (_options.WeightDecay > 0)
        {
            TensorPrimitives.MultiplyAdd(values, _options.WeightDecay, velocity, velocity);
        }

        if (_options.ProximalTerm > 0)
        {
            TensorPrimitives.MultiplyAdd(values, _options.ProximalTerm, velocity, velocity);
            TensorPrimitives.MultiplyAdd(_anchors[index], -_options.ProximalTerm, velocity, velocity);
        }

        TensorPrimitives.MultiplyAdd(velocity, -_options.LearningRate, values, values);
    }

    // What stays with its client has no correction.
    private static bool Fits(IReadOnlyList<ReadOnlyMemory<float>> correction, IReadOnlyList<Parameter> parameters)
        => correction.Count == parameters.Count && !parameters.Where((parameter, i) => !correction[i].IsEmpty && correction[i].Length != parameter.Value.Length).Any();
}
