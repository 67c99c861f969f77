using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.TestKit.Numerics;

/// <summary>
/// A sum of products of doubles carried in twice the working precision (about 106 bits), so that the reference of a
/// test is exact compared with every bound it is held against.
/// </summary>
/// <remarks>Source: Dekker's and Knuth's error-free transformations, with a fused multiply-add for the product.</remarks>
public readonly record struct ExactSum(double High, double Low)
{
    /// <summary>The sum plus <paramref name="left"/> times <paramref name="right"/>.</summary>
    public ExactSum AddProduct(double left, double right)
    {
        double product = left * right;
        double productError = Math.FusedMultiplyAdd(left, right, -product);
        (double high, double sumError) = TwoSum(High, product);
        (double newHigh, double newLow) = TwoSum(high, Low + sumError + productError);
        return new ExactSum(newHigh, newLow);
    }

    /// <summary>Distance between the sum and a double, without cancellation.</summary>
    public double DistanceTo(double value)
    {
        (double difference, double error) = TwoSum(value, -High);
        return Math.Abs(difference + (error - Low));
    }

    private static (double Sum, double Error) TwoSum(double left, double right)
    {
        double sum = left + right;
        double rightPart = sum - left;
        double leftPart = sum - rightPart;
        return (sum, (left - leftPart) + (right - rightPart));
    }
}
