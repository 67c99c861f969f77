using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>
/// Total variation is the mean absolute difference of neighboring pixels, small for natural pictures and large for noise.
/// </summary>
internal sealed class TotalVariation
{
    private readonly (int[] Near, int[] Far)[] _directions;

    /// <param name="shape">[channels, height, width].</param>
    public TotalVariation(TensorShape shape) => _directions = [Pairs(shape, 0, 1), Pairs(shape, 1, 0)];

    /// <summary>Computes the sum of the mean differences in both directions.</summary>
    /// <param name="batch">[1, channels, height, width].</param>
    public Variable Of(Variable batch)
        => _directions
            .Where(pairs => pairs.Near.Length > 0)
            .Select(pairs => Operations.Mean(Operations.Abs(Pick(batch, pairs.Near) - Pick(batch, pairs.Far))))
            .Aggregate(Variable.Constant(0), (left, right) => left + right);

    private static Variable Pick(Variable batch, int[] positions) => Operations.Gather(batch, positions, [positions.Length]);

    private static (int[] Near, int[] Far) Pairs(TensorShape shape, int down, int right)
    {
        var near = new List<int>();
        var far = new List<int>();
        (int height, int width) = (shape[1], shape[2]);
        for (int channel = 0; channel < shape[0]; channel++)
        {
            for (int y = 0; y < height - down; y++)
            {
                for (int x = 0; x < width - right; x++)
                {
                    int position = (((channel * height) + y) * width) + x;
                    near.Add(position);
                    far.Add(position + (down * width) + right);
                }
            }
        }

        return ([.. near], [.. far]);
    }
}
