using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.PrivacyAudit.Tests.Support;

/// <summary>Models and pictures small enough to attack in a test.</summary>
internal static class SmallModels
{
    public const int Side = 8;
    public const int Classes = 5;

    public static Model Convolutional(int seed = 1) => new Model("small", [1, Side, Side],
    [
        new Convolution2d("conv1", 1, 6, window: 3, stride: 2, padding: 1),
        new Activation(ActivationFunction.Sigmoid),
        new Flatten(),
        new Dense("fc", 6 * Side * Side / 4, Classes),
    ]).Initialize(seed, ParameterInitialization.UniformHalf);

    /// <summary>Smooth pixels in [0, 1].</summary>
    public static Tensor Picture(int seed)
    {
        var random = new SeededRandom(seed);
        (double slope, double wave, double phase) = (random.NextUniform(-1, 1), random.NextUniform(0.3, 1), random.NextUniform(0, 6));
        float[] pixels = new float[Side * Side];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int y, int x) = (i / Side, i % Side);
            pixels[i] = (float)Math.Clamp(0.5 + (0.05 * slope * (x - 4)) + (0.4 * Math.Sin((wave * y) + phase)), 0, 1);
        }

        return new Tensor([1, 1, Side, Side], pixels);
    }

    public static double MeanSquaredError(Tensor picture, ReadOnlyMemory<float> recovered)
        => picture.Values.ToArray().Zip(recovered.ToArray(), (left, right) => (left - right) * (double)(left - right)).Average();
}
