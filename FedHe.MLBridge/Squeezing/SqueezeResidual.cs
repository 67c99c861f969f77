using System.Numerics.Tensors;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Squeezing;

/// <summary>
/// A squeeze residual is the first pass of DoubleSqueeze: what a client has learned and not yet contributed, one number in single precision for
/// each value of the flat vector, in units of the model's values. It is immutable, tells of the client's records, and is to be kept like them.
/// </summary>
/// <remarks>
/// A client trains from the model of the round with its residual added, so that it learns nothing again that it only has not contributed. It
/// squeezes the sum of its difference and its residual, and has a new residual once it knows what became of the upload. Values that exceed
/// their tensor's bound are no error: what exceeds it waits. The error of the encryption, and of rounding residuals to single precision, is not
/// fed back.
/// </remarks>
public sealed class SqueezeResidual
{
    private const int BlockLength = 1 << 11;

    private readonly float[] _values;

    private SqueezeResidual(float[] values) => _values = values;

    /// <summary>The residual of each value, finite.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Creates the residual before the first round.</summary>
    /// <param name="parameterCount">The length of the flat vector, at least 1.</param>
    public static SqueezeResidual Zero(int parameterCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parameterCount);
        return new SqueezeResidual(new float[parameterCount]);
    }

    /// <summary>Creates a residual from values that were kept, or returns null where one is not finite.</summary>
    /// <param name="values">The residual of each value.</param>
    public static SqueezeResidual? TryCreate(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return null;
            }
        }

        return new SqueezeResidual(values.ToArray());
    }

    /// <summary>
    /// Adds the residual to the model of a round: the model that the client goes on training from. Values beyond their tensor's bound end at it.
    /// </summary>
    /// <param name="model">The model of the round.</param>
    /// <returns>The model, with the buffers of the given one.</returns>
    /// <exception cref="HeMismatchException">The model has another number of values than the residual.</exception>
    public ModelParameters AddTo(ModelParameters model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Layout.ParameterCount != _values.Length)
        {
            throw Throw.LayoutMismatch();
        }

        var builder = new FlatModelBuilder(model);
        using var buffer = new SecretBuffer(BlockLength);
        for (int start = 0; start < _values.Length;)
        {
            Span<double> sums = Sum(model, model.Layout, start, buffer.Span, out TensorSpec tensor);
            TensorPrimitives.Clamp(sums, -tensor.Bound, tensor.Bound, sums);
            builder.Write(start, sums);
            start += sums.Length;
        }

        return builder.Build();
    }

    /// <summary>Returns what a client encrypts; the caller disposes it.</summary>
    /// <param name="difference">The difference of the trained model to the model that the training began from.</param>
    /// <param name="pass">The pass whose positions travel.</param>
    /// <exception cref="ModelValueException">A value of the difference is not finite, whether it travels or not.</exception>
    /// <exception cref="HeMismatchException">The difference has another layout than the pass.</exception>
    public SqueezedDifference Squeeze(IFlatModel difference, SqueezePass pass)
    {
        ArgumentNullException.ThrowIfNull(difference);
        CheckLayout(difference, pass);
        var squeezed = new SqueezedDifference(pass.Terms.Count);
        try
        {
            Gather(difference, pass, squeezed);
            SqueezedUpdates.WriteMarks(pass.PositionsDigest, squeezed.Values[pass.Terms.Count..]);
            return squeezed;
        }
        catch
        {
            squeezed.Dispose();
            throw;
        }
    }

    /// <summary>Returns the residual after a round.</summary>
    /// <param name="difference">The difference that the client trained in the round, or null where it has none: the residual alone counts then.</param>
    /// <param name="pass">The pass whose positions travelled in the round.</param>
    /// <param name="isCounted">Whether the client's upload is in the sum of the round. If not, everything stays in the residual.</param>
    /// <exception cref="ModelValueException">A value of the difference is not finite.</exception>
    /// <exception cref="HeMismatchException">The difference has another layout than the pass.</exception>
    public SqueezeResidual After(IFlatModel? difference, SqueezePass pass, bool isCounted)
    {
        CheckLayout(difference, pass);
        var after = new float[_values.Length];
        using var buffer = new SecretBuffer(BlockLength);
        for (int start = 0; start < after.Length;)
        {
            Span<double> sums = Sum(difference, pass.Layout, start, buffer.Span, out _);
            for (int i = 0; i < sums.Length; i++)
            {
                after[start + i] = ToFinite(sums[i]);
            }

            start += sums.Length;
        }

        var cursor = new SqueezeCursor(pass.Layout, pass.Positions);
        for (int i = 0; isCounted && i < pass.Terms.Count; i++)
        {
            int position = cursor.Next(out double bound);
            after[position] -= (float)Math.Clamp(after[position], -bound, bound);
        }

        return new SqueezeResidual(after);
    }

    /// <summary>Adds another residual: what a client keeps of a round that this residual stayed out of.</summary>
    /// <param name="other">The other residual, as long as this one.</param>
    /// <exception cref="HeMismatchException">The residuals have different numbers of values.</exception>
    public SqueezeResidual Plus(SqueezeResidual other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._values.Length != _values.Length)
        {
            throw Throw.LayoutMismatch();
        }

        return new SqueezeResidual([.. _values.Select((value, i) => ToFinite((double)value + other._values[i]))]);
    }

    private void Gather(IFlatModel difference, SqueezePass pass, SqueezedDifference squeezed)
    {
        using var buffer = new SecretBuffer(BlockLength);
        Span<double> destination = squeezed.Values;
        for (int start = 0; start < _values.Length;)
        {
            Span<double> sums = Sum(difference, pass.Layout, start, buffer.Span, out TensorSpec tensor);
            for (int i = 0; i < sums.Length; i++)
            {
                if (pass.Positions.IsEncrypted(start + i))
                {
                    double value = sums[i] / tensor.Bound;
                    squeezed.Clamped += Math.Abs(value) > 1 ? 1 : 0;
                    destination[0] = Math.Clamp(value, -1, 1);
                    destination = destination[1..];
                }
            }

            start += sums.Length;
        }
    }

    /// <summary>Adds difference and residual up from a position on, as far as one tensor and one block reach.</summary>
    private Span<double> Sum(IFlatModel? difference, ModelLayout layout, int start, Span<double> buffer, out TensorSpec tensor)
    {
        TensorRun run = layout.RunAt(start, Math.Min(buffer.Length, _values.Length - start));
        tensor = layout.Tensors[run.TensorIndex];
        Span<double> sums = buffer[..run.Length];
        if (difference is null)
        {
            sums.Clear();
        }
        else
        {
            difference.CopyFlatTo(start, sums);
        }

        for (int i = 0; i < sums.Length; i++)
        {
            // A residual that is not finite would never end.
            sums[i] = double.IsFinite(sums[i]) ? sums[i] + _values[start + i] : throw new ModelValueException(ValueError.NotFinite, tensor.Name, run.Start + i);
        }

        return sums;
    }

    private void CheckLayout(IFlatModel? difference, SqueezePass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        if (pass.Layout.ParameterCount != _values.Length || (difference is not null && difference.Layout.Digest != pass.Layout.Digest))
        {
            throw Throw.LayoutMismatch();
        }
    }

    private static float ToFinite(double value) => (float)Math.Clamp(value, -float.MaxValue, float.MaxValue);
}
