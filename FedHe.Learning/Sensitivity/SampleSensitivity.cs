using FedHe.Learning.Autodiff;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace FedHe.Learning.Sensitivity;

/// <summary>
/// A sample sensitivity sums up, sample by sample, how much the gradient of every parameter moves with the label: the
/// norm of d/dy (d loss / d w) over given directions of y. A loss is affine or quadratic in the label, so that
/// first-order differentiation is enough. An instance is not thread-safe.
/// </summary>
/// <remarks>
/// Dense layers take one matrix product per batch: the gradient of one sample is the outer product of the output gradient
/// and the layer's input, so its magnitude is the product of both magnitudes. Other layers take each sample by itself.
/// Source: FedML-HE, section 2.4 step 1.
/// </remarks>
public sealed class SampleSensitivity
{
    private readonly Model _model;
    private readonly Objective _objective;
    private readonly int _degree;
    private readonly Variable[] _parameters;
    private readonly float[][] _sums;

    /// <summary>Creates the sensitivity of a model over no samples.</summary>
    /// <param name="model">The model as it is; it must not change before <see cref="Mean"/>.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="degree">The largest number of threads.</param>
    public SampleSensitivity(Model model, Objective objective, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _objective = objective;
        _degree = degree;
        _parameters = [.. model.Parameters.Select(parameter => Variable.Constant(parameter.Value))];
        _sums = [.. model.Parameters.Select(parameter => new float[parameter.Value.Length])];
    }

    /// <summary>The number of samples added so far.</summary>
    public int SampleCount { get; private set; }

    /// <summary>Adds the samples of a batch.</summary>
    /// <param name="batch">[batch, ...sample shape].</param>
    /// <param name="directions">Directions of the labels, each [batch, outputs]; see <see cref="LabelDirections"/>.</param>
    /// <exception cref="ArgumentException">There is no direction, or one does not fit the batch.</exception>
    public void Add(Tensor batch, IReadOnlyList<Tensor> directions)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(directions);
        TensorShape expected = [batch.Shape[0], _model.OutputCount];
        if (directions.Count == 0 || directions.Any(direction => !direction.Shape.Equals(expected)))
        {
            throw new ArgumentException($"Directions of labels have the shape {expected}, and there is at least one.", nameof(directions));
        }

        Tensor[] inputs = Inputs(batch, out Tensor outputs);
        Tensor[] gradients = [.. directions.Select(direction => OutputGradient(outputs, direction))];
        int parameter = _parameters.Length;
        for (int i = _model.Layers.Count - 1; i >= 0; i--)
        {
            Layer layer = _model.Layers[i];
            parameter -= layer.Parameters.Count;
            if (layer is Dense)
            {
                AddDense(parameter, inputs[i], gradients);
            }
            else if (layer.Parameters.Count > 0)
            {
                AddBySample(layer, parameter, inputs[i], gradients);
            }

            if (parameter > 0)
            {
                gradients = InputGradients(layer, parameter, inputs[i], gradients);
            }
        }

        SampleCount += batch.Shape[0];
    }

    /// <summary>Averages the sensitivities over all samples, parameter by parameter in the model's order.</summary>
    /// <exception cref="InvalidOperationException">No sample was added.</exception>
    public float[] Mean()
    {
        if (SampleCount == 0)
        {
            throw new InvalidOperationException("The sensitivity of no sample is not defined. Add a batch first.");
        }

        return [.. _sums.SelectMany(sums => sums).Select(sum => sum / SampleCount)];
    }

    /// <summary>Computes the input of every layer and the output of the last layer.</summary>
    private Tensor[] Inputs(Tensor batch, out Tensor outputs)
    {
        var inputs = new Tensor[_model.Layers.Count];
        int parameter = 0;
        outputs = batch;
        for (int i = 0; i < inputs.Length; i++)
        {
            Layer layer = _model.Layers[i];
            inputs[i] = outputs;
            outputs = layer.Forward(Variable.Constant(outputs), ParametersOf(layer, parameter), _degree).Value;
            parameter += layer.Parameters.Count;
        }

        return inputs;
    }

    /// <summary>
    /// Computes d/dz of the loss's derivative in a direction v of the label: of -sum v log softmax(z) for cross-entropy, of
    /// -sum v z for binary cross-entropy and, times 2/outputs, for the mean squared error.
    /// </summary>
    private Tensor OutputGradient(Tensor outputs, Tensor direction)
    {
        var z = Variable.Of(outputs);
        bool isSoftmax = _objective == Objective.CrossEntropy && _model.OutputCount > 1;
        Variable moved = Operations.Sum(Variable.Constant(direction) * (isSoftmax ? Operations.LogSoftmax(z) : z));
        float factor = _objective == Objective.MeanSquaredError ? -2f / _model.OutputCount : -1;
        return Gradient.Of(moved * factor, [z])[0].Value;
    }

    private Tensor[] InputGradients(Layer layer, int parameter, Tensor input, Tensor[] gradients)
    {
        var x = Variable.Of(input);
        Variable output = layer.Forward(x, ParametersOf(layer, parameter), _degree);
        return [.. gradients.Select(gradient => Gradient.Of(Operations.Sum(output * Variable.Constant(gradient)), [x])[0].Value)];
    }

    private void AddDense(int parameter, Tensor input, Tensor[] gradients)
    {
        Variable norms = Variable.Constant(Norm(gradients));
        var magnitudes = Operations.Abs(Variable.Constant(input));
        Accumulate(_sums[parameter], Operations.MatMul(norms, magnitudes, transposeLeft: true, degree: _degree).Value);
        Accumulate(_sums[parameter + 1], Operations.Sum(norms, [0]).Value);
    }

    private void AddBySample(Layer layer, int parameter, Tensor input, Tensor[] gradients)
    {
        for (int sample = 0; sample < input.Shape[0]; sample++)
        {
            Variable[] leaves = [.. _parameters.AsSpan(parameter, layer.Parameters.Count).ToArray().Select(own => Variable.Of(own.Value))];
            Variable output = layer.Forward(Variable.Constant(SampleOf(input, sample)), leaves, _degree);
            Tensor[][] byDirection =
            [
                .. gradients.Select(gradient => Gradient.Of(
                    Operations.Sum(output * Variable.Constant(SampleOf(gradient, sample))), leaves).Select(own => own.Value).ToArray()),
            ];
            for (int i = 0; i < leaves.Length; i++)
            {
                Accumulate(_sums[parameter + i], Norm([.. byDirection.Select(direction => direction[i])]));
            }
        }
    }

    /// <summary>Computes the norm over all tensors, element by element.</summary>
    private static Tensor Norm(Tensor[] tensors)
    {
        if (tensors.Length == 1)
        {
            return Operations.Abs(Variable.Constant(tensors[0])).Value;
        }

        Tensor squares = Tensor.Zeros(tensors[0].Shape);
        foreach (Tensor tensor in tensors)
        {
            TensorPrimitives.MultiplyAdd(tensor.Values, tensor.Values, squares.Values, squares.Values);
        }

        TensorPrimitives.Sqrt(squares.Values, squares.Values);
        return squares;
    }

    private static void Accumulate(float[] sums, Tensor tensor)
        => TensorPrimitives.Add(sums, tensor.Values, sums);

    private static Tensor SampleOf(Tensor batch, int sample)
    {
        int length = batch.Length / batch.Shape[0];
        return new Tensor(batch.Shape.WithoutFirst().Prepend(1), batch.Values.Slice(sample * length, length).ToArray());
    }

    private ReadOnlySpan<Variable> ParametersOf(Layer layer, int parameter) => _parameters.AsSpan(parameter, layer.Parameters.Count);
}
