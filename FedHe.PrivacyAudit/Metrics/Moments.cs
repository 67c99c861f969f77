using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.PrivacyAudit.Metrics;

/// <summary>Moments are the means, variances and covariance of two pictures in every window.</summary>
internal sealed class Moments
{
    public Moments(Plane x, Plane y, double[] taps)
    {
        MeanX = x.Filter(taps);
        MeanY = y.Filter(taps);
        SquareX = (x * x).Filter(taps);
        SquareY = (y * y).Filter(taps);
        Product = (x * y).Filter(taps);
    }

    public Plane MeanX { get; }

    public Plane MeanY { get; }

    /// <summary>The mean E[x^2] in every window.</summary>
    public Plane SquareX { get; }

    /// <summary>The mean E[y^2] in every window.</summary>
    public Plane SquareY { get; }

    /// <summary>The mean E[xy] in every window.</summary>
    public Plane Product { get; }

    public Plane VarianceX => SquareX - (MeanX * MeanX);

    public Plane VarianceY => SquareY - (MeanY * MeanY);

    public Plane Covariance => Product - (MeanX * MeanY);
}
