using FedHe.Learning.Models;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Label inference reads a sample's class from the gradient of the last layer.</summary>
/// <remarks>Source: Zhao, Mopuri and Bilen, "iDLG: Improved Deep Leakage from Gradients" (2020). With cross-entropy,
/// the gradient of the last layer's output c is p_c - [c is the label]: negative for the label only. It is the bias's
/// gradient, and, times activations that sigmoids and ReLUs keep positive, the gradient of the weights in row
/// c.</remarks>
public static class LabelInference
{
    /// <summary>Infers the class of a single sample.</summary>
    /// <param name="observed">The observed gradient. The model's last two parameters must be the weight [outputs,
    /// inputs] and the bias [outputs] of a dense layer.</param>
    /// <returns>The class whose visible entries are negative. When none is, the class with the largest part of its
    /// entries encrypted: a mask chosen by sensitivity covers the label's row first and so gives it away.</returns>
    /// <exception cref="ArgumentException">The model does not end in a dense layer with a bias.</exception>
    public static int Of(ObservedGradient observed)
    {
        ArgumentNullException.ThrowIfNull(observed);
        Model model = observed.Model;
        int outputs = model.OutputCount;
        if (model.Parameters.Count < 2
            || model.Parameters[^1].Value.Length != outputs
            || model.Parameters[^2].Value.Shape.Rank != 2
            || model.Parameters[^2].Value.Shape[0] != outputs)
        {
            throw Throw.NoDenseEnd(model.Name, nameof(observed));
        }

        int biasStart = model.ParameterCount - outputs;
        int inputs = model.Parameters[^2].Value.Shape[1];
        int weightStart = biasStart - (outputs * inputs);
        double[] evidence = new double[outputs];
        for (int row = 0; row < outputs; row++)
        {
            evidence[row] = RowEvidence(
                observed.Values.Slice(weightStart + (row * inputs), inputs), observed.Values[biasStart + row]);
        }

        int most = Array.IndexOf(evidence, evidence.Min());
        return evidence[most] < 0 ? most : MostEncryptedRow(observed.Encrypted, weightStart, biasStart, outputs, inputs);
    }

    private static double RowEvidence(ReadOnlySpan<float> weights, float bias)
    {
        double sum = bias;
        foreach (float weight in weights)
        {
            sum += weight;
        }

        return sum;
    }

    private static int MostEncryptedRow(ReadOnlySpan<bool> encrypted, int weightStart, int biasStart, int outputs, int inputs)
    {
        int best = 0;
        int most = -1;
        for (int row = 0; row < outputs; row++)
        {
            int count = encrypted.Slice(weightStart + (row * inputs), inputs).Count(true) + (encrypted[biasStart + row] ? 1 : 0);
            if (count > most)
            {
                (best, most) = (row, count);
            }
        }

        return best;
    }
}
