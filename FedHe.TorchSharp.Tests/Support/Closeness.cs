namespace FedHe.TorchSharp.Tests.Support;

/// <summary>Closeness of two computations of the same numbers in single precision, in different orders.</summary>
internal static class Closeness
{
    /// <summary>Fails where two numbers differ by more than a fraction of both the number and the largest one.</summary>
    public static void ShouldBeClose(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, double tolerance)
    {
        actual.Length.Should().Be(expected.Length);
        double largest = 0;
        foreach (float value in expected)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        largest.Should().BePositive("zeros would prove nothing");
        for (int i = 0; i < actual.Length; i++)
        {
            double allowed = tolerance * (largest + Math.Abs(expected[i]));
            if (!(Math.Abs((double)actual[i] - expected[i]) <= allowed))
            {
                Assert.Fail($"Position {i}: {actual[i]:R} instead of {expected[i]:R}, allowed is {allowed:E2}.");
            }
        }
    }
}
