using System.Text;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Controls;

/// <summary>Controlled updates are vectors of twice as many values as the model has: the difference of the client's model, and behind it the difference of its control variate.</summary>
public static class ControlledUpdates
{
    private const string Suffix = "#control";

    /// <summary>Creates the terms under which controlled updates are encrypted and added up: every value is encrypted, and every client counts the same.</summary>
    /// <param name="controls">The control terms.</param>
    /// <param name="terms">The terms of whole updates, under which every value is encrypted and weights are 1.</param>
    /// <exception cref="ArgumentException">The terms do not fit; the message says why.</exception>
    public static AggregationTerms TermsOf(ControlTerms controls, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(controls);
        ArgumentNullException.ThrowIfNull(terms);
        return Check(terms) is string fault
            ? throw new ArgumentException(fault, nameof(terms))
            : new AggregationTerms(LayoutOf(controls, terms.Layout), terms.Weighting, terms.MaxWeight, terms.Precision);
    }

    /// <summary>Returns a sentence that says why whole updates under some terms cannot have controls beside them, or null where they can.</summary>
    /// <param name="terms">The terms of whole updates.</param>
    public static string? Check(AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        TensorSpec[] tensors = [.. terms.Layout.Tensors.Where(tensor => tensor.IsAggregated)];

        // A layout may have very many tensors, and bytes of a job are checked before any signature.
        var names = tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return !terms.Mask.IsAll ? "Control differences are all encrypted, and so are the values beside them. Choose a mask that encrypts every value."

            // Where models were weighted and controls were not, the mean of the controls would lead training to the minimum of the unweighted losses.
            : terms.Weighting != Weighting.Clear || terms.MaxWeight != 1 ? "SCAFFOLD averages clients uniformly, and control variates that are weighted otherwise than models lead to another minimum: let weights be clear, and 1 the largest."
            : terms.Layout.ParameterCount > Array.MaxLength / 2 ? "Values and controls together are too many for one flat vector. Leave out the controls."
            : tensors.Any(tensor => Encoding.UTF8.GetByteCount(tensor.Name) > TensorSpec.MaxNameBytes - Suffix.Length || names.Contains(tensor.Name + Suffix))
                ? $"A tensor's controls have its name with '{Suffix}' behind it, which is too long or taken. Give the tensor a shorter name."
            : null;
    }

    /// <summary>Returns the layout of controlled updates: the tensors that are averaged, and again each of them for its control.</summary>
    internal static ModelLayout LayoutOf(ControlTerms controls, ModelLayout layout)
    {
        TensorSpec[] tensors = [.. layout.Tensors.Where(tensor => tensor.IsAggregated)];
        return new ModelLayout(
            [.. tensors, .. tensors.Select(tensor => new TensorSpec(tensor.Name + Suffix, ElementType.Float64, tensor.Shape.AsSpan(), controls.Bound))]);
    }
}
