using System.Numerics.Tensors;
using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    private delegate void ElementwiseKernel(ReadOnlySpan<float> values, Span<float> destination);

    /// <summary>Raises e to the power of every element.</summary>
    public static Variable Exp(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Exp(values, destination),
        static (upstream, step) => upstream * step.Output);

    /// <summary>Computes the natural logarithm of every element.</summary>
    public static Variable Log(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Log(values, destination),
        static (upstream, step) => upstream / step.Inputs[0]);

    /// <summary>Computes the square root of every element.</summary>
    public static Variable Sqrt(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Sqrt(values, destination),
        static (upstream, step) => upstream / step.Output * 0.5f);

    /// <summary>Squares every element.</summary>
    public static Variable Square(Variable variable) => Multiply(variable, variable);

    /// <summary>Raises every element to the power of a constant.</summary>
    public static Variable Pow(Variable variable, float exponent)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return exponent == 0
            ? Variable.Constant(Tensor.Filled(variable.Shape, 1))
            : Elementwise(
                variable,
                (values, destination) => TensorPrimitives.Pow(values, exponent, destination),
                (upstream, step) => upstream * Pow(step.Inputs[0], exponent - 1) * exponent);
    }

    /// <summary>Computes the absolute value of every element; the gradient at zero is taken as zero.</summary>
    public static Variable Abs(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Abs(values, destination),
        static (upstream, step) => upstream * Signs(step.Inputs[0]));

    /// <summary>Computes max(x, 0) for every element x; the gradient at zero is taken as zero.</summary>
    public static Variable Relu(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Max(values, 0f, destination),
        static (upstream, step) => Gate(upstream, step.Inputs[0].Value));

    /// <summary>Computes the sigmoid 1 / (1 + e^-x) of every element x.</summary>
    public static Variable Sigmoid(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Sigmoid(values, destination),
        static (upstream, step) => upstream * (step.Output - Square(step.Output)));

    /// <summary>Computes the hyperbolic tangent of every element.</summary>
    public static Variable Tanh(Variable variable) => Elementwise(
        variable,
        static (values, destination) => TensorPrimitives.Tanh(values, destination),
        static (upstream, step) => upstream - (upstream * Square(step.Output)));

    /// <summary>Computes log(1 + e^x) for every element x, without overflow.</summary>
    public static Variable Softplus(Variable variable) => Elementwise(
        variable,
        static (values, destination) =>
        {
            TensorPrimitives.Abs(values, destination);
            TensorPrimitives.Negate(destination, destination);
            TensorPrimitives.Exp(destination, destination);
            TensorPrimitives.LogP1(destination, destination);
            for (int i = 0; i < values.Length; i++)
            {
                destination[i] += MathF.Max(values[i], 0);
            }
        },
        static (upstream, step) => upstream * Sigmoid(step.Inputs[0]));

    /// <summary>Passes the elements where the gate is positive and zeros the others; the gate is a constant of the
    /// computation.</summary>
    private static Variable Gate(Variable variable, Tensor gate) => Variable.Record(
        GateKernel.Apply(variable.Value, gate),
        [variable],
        (upstream, _) => Gate(upstream, gate));

    private static Variable Signs(Variable variable)
    {
        var signs = Tensor.Uninitialized(variable.Shape);
        for (int i = 0; i < signs.Length; i++)
        {
            float value = variable.Value.Values[i];
            signs.Values[i] = value > 0 ? 1 : value < 0 ? -1 : 0;
        }

        return Variable.Constant(signs);
    }

    private static Variable Elementwise(Variable variable, ElementwiseKernel kernel, InputGradient gradient)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var result = Tensor.Uninitialized(variable.Shape);
        kernel(variable.Value.Values, result.Values);
        return Variable.Record(result, [variable], gradient);
    }
}
