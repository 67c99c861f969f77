using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.TestKit.Numerics;

/// <summary>An exact sum adds products of doubles in twice the working precision (about 106 bits).</summary>
/// <remarks>
/// The reference of a test is thereby exact compared with every bound that the test asserts. Source: Dekker's and Knuth's
/// error-free transformations, with a fused multiply-add for the product.
/// </remarks>
public readonly record struct ExactSum(double High, double Low)
{
    /// <summary>Returns the sum plus <paramref name="left"/> times <paramref name="right"/>.</summary>
    public ExactSum AddProduct(double left, double right)
    {
        double product = left * right;
        double productError = Math.FusedMultiplyAdd(left, right, -product);
        (double high, double sumError) = TwoSum(High, product);
        (double newHigh, double newLow) = TwoSum(high, Low + sumError + productError);
        return new ExactSum(newHigh, newLow);
    }

    /// <summary>Returns the distance between the sum and a double, without cancellation.</summary>
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
