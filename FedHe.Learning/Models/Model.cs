using FedHe.Learning.Autodiff;
using FedHe.Learning.Layers;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Models;

/// <summary>A model applies layers one after the other and holds the values of their parameters.</summary>
/// <remarks>Reading is thread-safe as long as nobody trains the model or writes its parameters.</remarks>
public sealed class Model
{
    private readonly ParameterSpecification[] _specifications;

    /// <summary>Builds a model; its parameters are zero until <see cref="Initialize"/>.</summary>
    /// <param name="name">A short name for reports.</param>
    /// <param name="sampleShape">The shape of one input sample.</param>
    /// <param name="layers">The layers; each must accept the output of the layer before.</param>
    /// <exception cref="ArgumentException">The layers do not fit together, or two parameters share a name.</exception>
    public Model(string name, TensorShape sampleShape, IReadOnlyList<Layer> layers)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(sampleShape);
        ArgumentNullException.ThrowIfNull(layers);
        Name = name;
        SampleShape = sampleShape;
        Layers = [.. layers];
        OutputCount = layers.Aggregate(sampleShape, (shape, layer) => layer.OutputShape(shape)).ElementCount;

        _specifications = [.. layers.SelectMany(layer => layer.Parameters)];
        if (_specifications.DistinctBy(specification => specification.Name).Count() != _specifications.Length)
        {
            throw new ArgumentException("Two parameters share a name: give every layer its own.", nameof(layers));
        }

        Parameters = [.. _specifications.Select(parameter => new Parameter(parameter.Name, Tensor.Zeros(parameter.Shape)))];
        ParameterCount = _specifications.Sum(specification => specification.Shape.ElementCount);
    }

    /// <summary>The short name of the model in reports.</summary>
    public string Name { get; }

    /// <summary>The shape of one input sample.</summary>
    public TensorShape SampleShape { get; }

    /// <summary>The number of values per output sample: the number of classes, or 1.</summary>
    public int OutputCount { get; }

    /// <summary>The layers of the model, first to last.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The parameters in the order of the layers; this order never changes.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The number of values in all parameters together.</summary>
    public int ParameterCount { get; }

    /// <summary>Draws new values for every parameter.</summary>
    /// <param name="seed">Equal seeds give equal models.</param>
    /// <param name="initialization">The distribution to draw from.</param>
    /// <returns>This model.</returns>
    public Model Initialize(int seed, ParameterInitialization initialization = ParameterInitialization.FanIn)
    {
        var random = new SeededRandom(seed);
        for (int i = 0; i < Parameters.Count; i++)
        {
            double bound = initialization == ParameterInitialization.UniformHalf ? 0.5 : 1 / Math.Sqrt(_specifications[i].FanIn);
            foreach (ref float value in Parameters[i].Value.Values)
            {
                value = (float)random.NextUniform(-bound, bound);
            }
        }

        return this;
    }

    /// <summary>Applies the model to a batch with given parameters, which may themselves be part of a
    /// computation.</summary>
    /// <param name="input">[batch, ...sample shape].</param>
    /// <param name="parameters">One variable per entry of <see cref="Parameters"/>, in that order.</param>
    /// <param name="degree">The largest number of threads, also in the backward pass.</param>
    /// <returns>[batch, outputs]; for classes these are logits.</returns>
    /// <exception cref="ArgumentException">The input or the parameters do not fit the model.</exception>
    public Variable Forward(Variable input, IReadOnlyList<Variable> parameters, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(parameters);
        if (input.Shape.Rank == 0 || !input.Shape.WithoutFirst().Equals(SampleShape))
        {
            throw new ArgumentException(
                $"The model '{Name}' takes batches of samples of the shape {SampleShape}, not {input.Shape}.",
                nameof(input));
        }

        if (parameters.Count != Parameters.Count)
        {
            throw new ArgumentException(
                $"The model '{Name}' has {Parameters.Count} parameters, {parameters.Count} were given.",
                nameof(parameters));
        }

        ReadOnlySpan<Variable> remaining = parameters.ToArray();
        Variable current = input;
        foreach (Layer layer in Layers)
        {
            current = layer.Forward(current, remaining[..layer.Parameters.Count], degree);
            remaining = remaining[layer.Parameters.Count..];
        }

        return current;
    }

    /// <summary>Applies the model to a batch with its own parameters and without recording anything.</summary>
    /// <param name="batch">[batch, ...sample shape].</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <returns>[batch, outputs].</returns>
    public Tensor Predict(Tensor batch, int degree = 1) =>
        Forward(Variable.Constant(batch), [.. Parameters.Select(parameter => Variable.Constant(parameter.Value))], degree).Value;

    /// <summary>Creates leaves that share the storage of the model's parameters, so that gradients can be taken with
    /// respect to them.</summary>
    public Variable[] ParameterVariables() => [.. Parameters.Select(parameter => Variable.Of(parameter.Value))];

    /// <summary>Creates a model of the same layers with an independent copy of the parameters.</summary>
    public Model Clone()
    {
        var clone = new Model(Name, SampleShape, Layers);
        clone.CopyParametersFrom(this);
        return clone;
    }

    /// <summary>Copies the values of another model's parameters into this model.</summary>
    /// <param name="source">A model whose parameters have the same names and shapes in the same order.</param>
    /// <exception cref="ArgumentException">The parameters differ in name or shape.</exception>
    public void CopyParametersFrom(Model source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!Parameters.Select(Describe).SequenceEqual(source.Parameters.Select(Describe)))
        {
            throw new ArgumentException(
                $"The parameters of '{source.Name}' do not match those of '{Name}'.",
                nameof(source));
        }

        foreach ((Parameter? own, Parameter? other) in Parameters.Zip(source.Parameters))
        {
            other.Value.Values.CopyTo(own.Value.Values);
        }
    }

    private static (string Name, TensorShape Shape) Describe(Parameter parameter) => (parameter.Name, parameter.Value.Shape);
}
