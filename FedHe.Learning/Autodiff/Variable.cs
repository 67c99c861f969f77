using FedHe.Learning.Tensors;

namespace FedHe.Learning.Autodiff;

/// <summary>A variable is a tensor in a computation that can be differentiated.</summary>
/// <remarks>Operations on variables remember how they were made as long as one of their inputs requires a gradient;
/// constants cost nothing. The tensor of a variable must not be changed while a gradient through it is still to be
/// taken.</remarks>
public sealed class Variable
{
    private Variable(
        Tensor value, bool requiresGradient, IReadOnlyList<Variable> inputs, IReadOnlyList<InputGradient> gradients)
    {
        Value = value;
        RequiresGradient = requiresGradient;
        Inputs = inputs;
        InputGradients = gradients;
        foreach (Variable input in inputs)
        {
            Depth = Math.Max(Depth, input.Depth + 1);
        }
    }

    /// <summary>The tensor that holds the variable's values.</summary>
    public Tensor Value { get; }

    /// <summary>The shape of the values.</summary>
    public TensorShape Shape => Value.Shape;

    /// <summary>Whether gradients flow to this variable.</summary>
    public bool RequiresGradient { get; }

    /// <summary>The number of operations on the longest path from a leaf: a node is always deeper than its inputs.</summary>
    internal int Depth { get; }

    internal IReadOnlyList<Variable> Inputs { get; }

    internal IReadOnlyList<InputGradient> InputGradients { get; }

    /// <summary>Creates a leaf with respect to which gradients can be taken.</summary>
    /// <param name="value">The values; shared, not copied.</param>
    public static Variable Of(Tensor value) => Leaf(value, true);

    /// <summary>Creates a leaf to which no gradient flows.</summary>
    /// <param name="value">The values; shared, not copied.</param>
    public static Variable Constant(Tensor value) => Leaf(value, false);

    /// <summary>Creates a constant that holds one number.</summary>
    /// <param name="value">The number.</param>
    public static Variable Constant(float value) => Constant(Tensor.Scalar(value));

    /// <summary>Returns the same values as a constant, without the record of their computation.</summary>
    public Variable Detach() => RequiresGradient ? Constant(Value) : this;

    /// <summary>Returns the value of a variable with one element.</summary>
    /// <exception cref="InvalidOperationException">There is not exactly one element.</exception>
    public float ToScalar() =>
        Value.Length == 1
            ? Value.Values[0]
            : throw new InvalidOperationException($"A variable of the shape {Shape} is not a single number.");

    /// <summary>Adds two variables element by element, with broadcasting.</summary>
    public static Variable operator +(Variable left, Variable right) => Operations.Add(left, right);

    /// <summary>Subtracts two variables element by element, with broadcasting.</summary>
    public static Variable operator -(Variable left, Variable right) => Operations.Subtract(left, right);

    /// <summary>Multiplies two variables element by element, with broadcasting.</summary>
    public static Variable operator *(Variable left, Variable right) => Operations.Multiply(left, right);

    /// <summary>Divides two variables element by element, with broadcasting.</summary>
    public static Variable operator /(Variable left, Variable right) => Operations.Divide(left, right);

    /// <summary>Multiplies every element by a number.</summary>
    public static Variable operator *(Variable variable, float factor) => Operations.Scale(variable, factor);

    /// <summary>Negates every element.</summary>
    public static Variable operator -(Variable variable) => Operations.Scale(variable, -1);

    /// <summary>Records the result of an operation, without its inputs when none of them requires a gradient.</summary>
    internal static Variable Record(Tensor value, IReadOnlyList<Variable> inputs, params InputGradient[] gradients)
    {
        foreach (Variable input in inputs)
        {
            if (input.RequiresGradient)
            {
                return new Variable(value, true, inputs, gradients);
            }
        }

        return Constant(value);
    }

    private static Variable Leaf(Tensor value, bool requiresGradient)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new Variable(value, requiresGradient, [], []);
    }
}
