using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Clipping;

/// <summary>A layer clip bounds the 2-norm of every layer of a model apart; together they keep one bound.</summary>
/// <remarks>Source: McMahan, Ramage, Talwar and Zhang, "Learning Differentially Private Recurrent Language Models", ICLR 2018, section 2.</remarks>
public sealed class LayerClip
{
    private readonly int[] _lengths;
    private readonly double[] _bounds;

    private LayerClip(int[] lengths, double[] bounds)
    {
        _lengths = lengths;
        _bounds = bounds;
        Bounds = Array.AsReadOnly(bounds);
        TotalBound = Norms.Two(bounds);
    }

    /// <summary>The bound of the whole vector's 2-norm: the 2-norm of the layers' bounds, which is the sensitivity.</summary>
    public double TotalBound { get; }

    /// <summary>The bounds of the layers.</summary>
    public IReadOnlyList<double> Bounds { get; }

    /// <summary>Gives each layer a bound.</summary>
    /// <param name="lengths">The number of values of each layer, in order.</param>
    /// <param name="bounds">The largest 2-norm of each layer, positive.</param>
    /// <returns>The clip.</returns>
    /// <exception cref="PrivacyException">A bound is out of range, or the lists differ in length or are empty.</exception>
    public static LayerClip Create(IEnumerable<int> lengths, IEnumerable<double> bounds)
    {
        int[] allLengths = [.. lengths];
        double[] allBounds = [.. bounds];
        if (allLengths.Length == 0 || allLengths.Length != allBounds.Length || allLengths.Any(length => length < 1))
        {
            throw Throw.WrongLength("Every layer needs a length of at least 1 and a bound.");
        }

        foreach (double bound in allBounds)
        {
            Throw.IfClipOutOfRange(bound);
        }

        return new LayerClip(allLengths, allBounds);
    }

    /// <summary>Gives all layers the same bound, so that the whole vector keeps one bound.</summary>
    /// <param name="lengths">The number of values of each layer, in order.</param>
    /// <param name="totalBound">The largest 2-norm of the whole vector, positive.</param>
    /// <returns>The clip, with bounds of totalBound / sqrt(number of layers).</returns>
    /// <exception cref="PrivacyException">The bound is out of range, or there are no layers.</exception>
    public static LayerClip Even(IEnumerable<int> lengths, double totalBound)
    {
        Throw.IfClipOutOfRange(totalBound);
        int[] all = [.. lengths];
        double bound = Math.BitDecrement(totalBound / Math.Sqrt(Math.Max(1, all.Length)));
        return Create(all, all.Select(_ => bound));
    }

    /// <summary>Clips every layer of a vector in place.</summary>
    /// <param name="values">The vector, one layer after the other.</param>
    /// <exception cref="PrivacyException">The length differs from the sum of the layers' lengths, or a value is not finite.</exception>
    public void Apply(Span<double> values)
    {
        if (values.Length != _lengths.Sum(length => (long)length))
        {
            throw Throw.WrongLength("The vector must have as many values as the layers together.");
        }

        if (!double.IsFinite(Norms.Two(values)))
        {
            throw Throw.NotFinite();
        }

        for (int i = 0; i < _lengths.Length; i++)
        {
            Clip.TwoNorm(values[.._lengths[i]], _bounds[i]);
            values = values[_lengths[i]..];
        }
    }
}
