using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace TorchFederation.Data;

/// <summary>Tinted digits are pictures [3, 32, 32] of 100 classes, as LeNet takes them: ten digits in ten colors.</summary>
internal static class TintedDigits
{
    private const int Side = 32;
    private const int Margin = 2;

    public static Dataset Generate(int count, int seed)
    {
        Dataset digits = SyntheticDigits.Generate(count, seed);
        int digitSide = digits.SampleShape[1];
        var features = Tensor.Zeros([count, 3, Side, Side]);
        int[] labels = new int[count];
        for (int sample = 0; sample < count; sample++)
        {
            int color = sample % 10;
            labels[sample] = (digits.Labels[sample] * 10) + color;
            for (int pixel = 0; pixel < digitSide * digitSide; pixel++)
            {
                float gray = digits.Features.Values[(sample * digitSide * digitSide) + pixel];
                int place = (((pixel / digitSide) + Margin) * Side) + (pixel % digitSide) + Margin;
                for (int channel = 0; channel < 3; channel++)
                {
                    features.Values[(((sample * 3) + channel) * Side * Side) + place] = gray * Tint(color, channel);
                }
            }
        }

        return new Dataset("tinted digits", features, labels, [.. Enumerable.Range(0, 100).Select(label => $"{label}")]);
    }

    private static float Tint(int color, int channel) => 0.55f + (0.45f * MathF.Cos((2 * MathF.PI * color / 10) + (2 * MathF.PI * channel / 3)));
}
