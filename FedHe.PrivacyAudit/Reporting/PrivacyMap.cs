using FedHe.Learning.Models;
using FedHe.Learning.Sensitivity;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Metrics;
using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Selection;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>
/// A privacy map holds the sensitivity of every parameter of a model, layer by layer (the paper's "model privacy map").
/// </summary>
/// <remarks>Source: FedML-HE, section 2.4 and Figure 5.</remarks>
public sealed class PrivacyMap
{
    private const double Decades = 4;

    private readonly float[] _sensitivity;
    private readonly Model _model;

    /// <summary>Creates a map from sensitivities computed elsewhere, for example from a decrypted global map.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sensitivity">One non-negative value per parameter, in the order of the flat vector.</param>
    /// <exception cref="ArgumentException">There is not one value per parameter.</exception>
    public PrivacyMap(Model model, ReadOnlySpan<float> sensitivity)
    {
        ArgumentNullException.ThrowIfNull(model);
        Throw.IfLengthDiffers(sensitivity.Length, model.ParameterCount, nameof(sensitivity));
        _model = model;
        _sensitivity = sensitivity.ToArray();
    }

    /// <summary>The sensitivities, one value for each parameter.</summary>
    public ReadOnlySpan<float> Sensitivity => _sensitivity;

    /// <summary>Computes the exact map of a model for the cross-entropy loss.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">[samples, ...sample shape].</param>
    /// <param name="labels">One class index per sample.</param>
    /// <exception cref="ArgumentException">The samples do not fit the model, or there is none.</exception>
    /// <remarks>
    /// The sensitivity is S_m = (1/K) sum over k of |d/dy_k (d loss / d w_m)|, where y_k is the component of the label at sample
    /// k's class.
    /// </remarks>
    public static PrivacyMap Of(Model model, Tensor samples, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfZero(labels.Length, nameof(labels));
        Throw.IfLengthDiffers(samples.Length, labels.Length * model.SampleShape.ElementCount, nameof(samples));
        var sensitivity = new SampleSensitivity(model, Objective.CrossEntropy);
        sensitivity.Add(samples, LabelDirections.TrueLabel(labels, model.OutputCount));
        return new PrivacyMap(model, sensitivity.Mean());
    }

    /// <summary>Creates the mask that encrypts the most sensitive parameters.</summary>
    /// <param name="ratio">The selection ratio p, 0 to 1.</param>
    public AuditMask Top(double ratio) => new("sensitivity", ratio, SelectedPositions.Top(_sensitivity, ratio));

    /// <summary>Creates a mask of equally many parameters drawn at random, for comparison.</summary>
    /// <param name="ratio">The selection ratio p, 0 to 1.</param>
    /// <param name="seed">Equal seeds give equal masks.</param>
    public AuditMask Random(double ratio, int seed)
        => new("random", ratio, SelectedPositions.Random(_sensitivity.Length, ratio, seed));

    /// <summary>
    /// Draws one picture for each parameter tensor, with a pixel for each parameter, darker for greater sensitivity.
    /// </summary>
    /// <returns>Names with gray pictures. The scale is logarithmic over four decades below the most sensitive parameter
    /// of the whole model, so that layers can be compared.</returns>
    /// <remarks>A row is one output of the layer; a bias is one row.</remarks>
    public IReadOnlyList<(string Name, ImagePlanes Picture)> Pictures()
    {
        double largest = _sensitivity.Max();
        var pictures = new List<(string, ImagePlanes)>();
        int offset = 0;
        foreach (Parameter parameter in _model.Parameters)
        {
            float[] shades = [.. _sensitivity.AsSpan(offset, parameter.Value.Length).ToArray()
                .Select(value => (float)(1 - Darkness(value, largest)))];
            offset += shades.Length;
            int rows = parameter.Value.Shape.Rank > 1 ? parameter.Value.Shape[0] : 1;
            pictures.Add((parameter.Name, new ImagePlanes(1, rows, shades.Length / rows, shades)));
        }

        return pictures;
    }

    private static double Darkness(double value, double largest)
        => value > 0 ? Math.Clamp(1 + (Math.Log10(value / largest) / Decades), 0, 1) : 0;
}
