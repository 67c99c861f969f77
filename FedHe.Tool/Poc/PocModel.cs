using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;

namespace FedHe.Tool.Poc;

/// <summary>Logistic regression: a weight for each coordinate, and a bias.</summary>
/// <param name="weights">The weights, of which there are <see cref="PocData.Dimension"/>.</param>
/// <param name="bias">The bias.</param>
internal sealed class PocModel(double[] weights, double bias)
{
    /// <summary>The magnitude that no value of the model exceeds.</summary>
    public const double Bound = 16;

    private const string WeightName = "weight";
    private const string BiasName = "bias";

    private double _bias = bias;

    private static ModelLayout Layout { get; } = new(
        new TensorSpec(BiasName, ElementType.Float32, [1], Bound), new TensorSpec(WeightName, ElementType.Float32, [PocData.Dimension], Bound));

    public static PocModel Read(string path)
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(path);
        ModelParameters parameters = SafetensorsModel.Match(checkpoint, Layout).ReadParameters();
        return new PocModel([.. parameters.Get<float>(WeightName).ToArray().Select(value => (double)value)], parameters.Get<float>(BiasName)[0]);
    }

    public void Write(string path) => SafetensorsModel.Save(path, ModelParameters.CreateBuilder(Layout)
        .Set<float>(WeightName, [.. weights.Select(value => (float)value)])
        .Set<float>(BiasName, [(float)_bias])
        .Build());

    /// <summary>Descends the logistic loss, one step a point, and shrinks the weights a little so that no value reaches the bound.</summary>
    public void Train(PocData data, int epochs, double learningRate)
    {
        const double Shrinkage = 0.01;
        for (int step = 0; step < epochs * data.Labels.Length; step++)
        {
            double[] point = data.Points[step % data.Labels.Length];
            double error = Probability(point) - data.Labels[step % data.Labels.Length];
            for (int j = 0; j < weights.Length; j++)
            {
                weights[j] -= learningRate * ((error * point[j]) + (Shrinkage * weights[j]));
            }

            _bias -= learningRate * error;
        }
    }

    /// <summary>Computes the share of points whose class the model says right.</summary>
    public double AccuracyOn(PocData data)
        => data.Points.Zip(data.Labels).Count(one => Probability(one.First) >= 0.5 == one.Second >= 0.5) / (double)data.Labels.Length;

    private double Probability(double[] point) => 1 / (1 + Math.Exp(-(_bias + weights.Zip(point).Sum(one => one.First * one.Second))));
}
