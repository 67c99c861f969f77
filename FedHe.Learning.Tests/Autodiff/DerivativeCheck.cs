using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Autodiff;

/// <summary>Compares first and second derivatives with central differences.</summary>
internal static class DerivativeCheck
{
    private const float Step = 1f / 128;
    private const double Tolerance = 4e-3;

    /// <summary>Evenly spaced values in random order: no two are closer than the finite step can bridge, and none is
    /// near zero, so that kinks of relu, abs and max are never straddled.</summary>
    public static Tensor SpacedValues(TensorShape shape, int seed, float low, float high)
    {
        int count = shape.ElementCount;
        float[] values = Enumerable.Range(0, count).Select(i => low + ((high - low) * (i + 0.5f) / count)).ToArray();
        new SeededRandom(seed).Shuffle<float>(values);
        return new Tensor(shape, values);
    }

    /// <summary>d/dx of (random weights . f(x)).</summary>
    public static void FirstOrder(Func<Variable[], Variable> function, Tensor[] inputs) =>
        Compare(inputs, variables => WeightedSum(function(variables), seed: 11));

    /// <summary>d/dx of (random weights . d/dx (random weights . f(x))).</summary>
    public static void SecondOrder(Func<Variable[], Variable> function, Tensor[] inputs) =>
        Compare(inputs, variables =>
        {
            Variable[] gradients = Gradient.Of(WeightedSum(function(variables), seed: 11), variables, createGraph: true);
            return gradients.Select((gradient, index) => WeightedSum(gradient, seed: 12 + index)).Aggregate(Operations.Add);
        });

    private static void Compare(Tensor[] inputs, Func<Variable[], Variable> scalar)
    {
        Variable[] variables = Array.ConvertAll(inputs, Variable.Of);
        Variable[] gradients = Gradient.Of(scalar(variables), variables);
        for (int input = 0; input < inputs.Length; input++)
        {
            gradients[input].RequiresGradient.Should().BeFalse("no graph was asked for");
            gradients[input].Shape.Should().Equal(inputs[input].Shape);
            for (int i = 0; i < inputs[input].Length; i++)
            {
                double expected = CentralDifference(inputs, input, i, scalar);
                double actual = (double)gradients[input].Value.Values[i];
                actual.Should().BeApproximately(expected, Tolerance * (1 + Math.Abs(expected)), $"input {input}, element {i}");
            }
        }
    }

    private static double CentralDifference(Tensor[] inputs, int input, int element, Func<Variable[], Variable> scalar)
    {
        float original = inputs[input].Values[element];
        double At(float value)
        {
            inputs[input].Values[element] = value;

            // Leaves, not constants: the function may itself take gradients.
            return scalar(Array.ConvertAll(inputs, Variable.Of)).ToScalar();
        }

        double difference = At(original + Step) - At(original - Step);
        inputs[input].Values[element] = original;
        return difference / (2 * Step);
    }

    private static Variable WeightedSum(Variable variable, int seed)
    {
        var random = new SeededRandom(seed);
        var weights = Tensor.Zeros(variable.Shape);
        foreach (ref float weight in weights.Values)
        {
            weight = (float)random.NextUniform(-1, 1);
        }

        return Operations.Sum(variable * Variable.Constant(weights));
    }
}
