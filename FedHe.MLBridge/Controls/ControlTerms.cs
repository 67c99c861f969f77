using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Controls;

/// <summary>
/// Control terms say how a job follows SCAFFOLD: clients correct their gradients by control variates, and contribute what their control variates change by
/// beside what their models change by.
/// </summary>
/// <remarks>
/// Source: Karimireddy, Kale, Mohri, Reddi, Stich and Suresh, "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", ICML 2020,
/// algorithm 1 with option II.
/// </remarks>
public sealed record ControlTerms
{
    /// <summary>Creates control terms.</summary>
    /// <param name="bound">
    /// The largest magnitude of a value of a client's control difference, in units of gradients; positive, and normal in single precision. The errors of control
    /// variates are in proportion to it, as the errors of values are to their tensors' bounds.
    /// </param>
    /// <param name="globalStep">The paper's global step size, by which an average difference is multiplied before it moves the model; positive and normal.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public ControlTerms(double bound, double globalStep = 1)
    {
        Bound = IsBound(bound) ? bound : throw Throw.ControlBoundOutOfRange(nameof(bound));
        GlobalStep = IsStep(globalStep) ? globalStep : throw Throw.GlobalStepOutOfRange(nameof(globalStep));
    }

    /// <summary>The largest magnitude of a value of a client's control difference, in units of gradients.</summary>
    public double Bound { get; }

    /// <summary>The paper's global step size, by which an average difference is multiplied before it moves the model.</summary>
    public double GlobalStep { get; }

    /// <summary>Creates terms from numbers that were read, or returns false where they are out of range.</summary>
    /// <param name="bound">The largest magnitude of a value of a control difference.</param>
    /// <param name="globalStep">The global step size.</param>
    /// <param name="terms">The terms.</param>
    public static bool TryCreate(double bound, double globalStep, [NotNullWhen(true)] out ControlTerms? terms)
    {
        terms = IsBound(bound) && IsStep(globalStep) ? new ControlTerms(bound, globalStep) : null;
        return terms is not null;
    }

    private static bool IsBound(double bound) => bound > 0 && float.IsNormal((float)bound);

    private static bool IsStep(double step) => step > 0 && double.IsNormal(step);
}
