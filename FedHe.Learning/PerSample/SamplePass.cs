using FedHe.Learning.Autodiff;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;

namespace FedHe.Learning.PerSample;

/// <summary>A sample pass goes forward and backward through a model once for a batch and ends with the gradients of every
/// layer that has parameters.</summary>
internal static class SamplePass
{
    /// <summary>Computes the layers' gradients, first to last.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">[rows, ...sample shape]; rows behind the samples are ignored.</param>
    /// <param name="labels">One class index for each row.</param>
    /// <param name="samples">The number of samples.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="degree">The largest number of threads.</param>
    /// <param name="method">The method for every convolution, or null for the cheapest.</param>
    public static LayerGradients[] Run(
        Model model, Tensor batch, ReadOnlySpan<int> labels, int samples, Objective objective, int degree, ConvolutionMethod? method)
    {
        var stages = new List<Stage>();
        var current = Variable.Constant(batch);
        int parameter = 0;
        foreach (Layer layer in model.Layers)
        {
            Variable input = current;
            bool isKnown = SampleCompany.IsIndependent(layer);
            Variable[] own = new Variable[layer.Parameters.Count];
            for (int i = 0; i < own.Length; i++)
            {
                Tensor value = model.Parameters[parameter + i].Value;
                own[i] = isKnown ? Variable.Constant(value) : Variable.Of(value);
            }

            parameter += own.Length;
            current = layer.Forward(input, own, degree);
            if (own.Length == 0)
            {
                continue;
            }

            // From the first layer with parameters on, the computation is recorded; its input needs no gradient.
            if (isKnown && !current.RequiresGradient)
            {
                current = Variable.Of(current.Value);
            }

            stages.Add(new Stage(layer, input.Value, isKnown ? [current] : own));
        }

        Tensor outputGradient = ObjectiveFunction.SampleOutputGradients(objective, current.Value, labels);
        Variable seed = Operations.Sum(current * Variable.Constant(outputGradient));
        Queue<Variable> gradients = new(Gradient.Of(seed, [.. stages.SelectMany(stage => stage.Targets)]));
        return [.. stages.Select(stage =>
        {
            Tensor[] found = [.. stage.Targets.Select(_ => gradients.Dequeue().Value)];
            return Of(stage, found, samples, degree, method);
        })];
    }

    private static LayerGradients Of(Stage stage, Tensor[] found, int samples, int degree, ConvolutionMethod? method)
    {
        switch (stage.Layer)
        {
            case Dense:
                return new DenseGradients(stage.Input, found[0], degree);
            case Convolution2d convolution:
                Kernels.WindowGeometry geometry = convolution.GeometryOf(stage.Input.Shape);
                ConvolutionMethod chosen = method ?? ConvolutionMethods.Cheapest(geometry, found[0].Shape[1]);
                return new ConvolutionGradients(stage.Input, found[0], geometry, chosen, samples, degree);
            default:
                return new SingleSampleGradients(found);
        }
    }

    private sealed record Stage(Layer Layer, Tensor Input, Variable[] Targets);
}
