using FedHe.Crypto.Errors;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Controls;

/// <summary>
/// A controlled difference is what a client encrypts in a round of SCAFFOLD: the difference y_i - x of its model to the model of the round, and behind it the difference of
/// its control variate, c_i+ - c_i = (x - y_i) / (K*eta) - c.
/// </summary>
/// <remarks>
/// <para>
/// Control variates are kept in single precision. What travels is the difference of the two that are kept, so that a client which moves its own exactly where this
/// update is in an opened sum has moved it by what the sum has of it. The mean of all control variates and the control variates themselves so stay together, but for the error of the
/// encryption and the rounding of the mean.
/// </para>
/// <para>
/// What exceeds the bound of the control terms is refused, or travels as the bound, and then the client's control variate moves by the bound. Source: SCAFFOLD,
/// algorithm 1, line 12, option II.
/// </para>
/// </remarks>
public sealed class ControlledDifference : IFlatModel
{
    private const int BlockLength = 1 << 11;

    private readonly IFlatModel _difference;
    private readonly ControlVariate _own;
    private readonly double _bound;

    /// <summary>Creates what a client encrypts.</summary>
    /// <param name="difference">The difference of the trained model to the model of the round, which must stay as it is.</param>
    /// <param name="totalStep">The sum K*eta of the step sizes of all local steps, positive and finite.</param>
    /// <param name="mean">The mean of all clients' control variates in the round.</param>
    /// <param name="own">The client's own control variate in the round.</param>
    /// <param name="terms">The control terms.</param>
    /// <param name="policy">The treatment of control differences outside the bound of the terms.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sum of the step sizes is not positive and finite.</exception>
    /// <exception cref="HeMismatchException">A control variate has another length than the flat vector of the difference.</exception>
    /// <exception cref="ModelValueException">A control difference is not finite, or outside the bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    public ControlledDifference(IFlatModel difference, double totalStep, ControlVariate mean, ControlVariate own, ControlTerms terms, BoundPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(difference);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(terms);
        if (!(totalStep > 0) || !double.IsFinite(totalStep))
        {
            throw Throw.TotalStepOutOfRange(nameof(totalStep));
        }

        long count = difference.Layout.ParameterCount;
        if (mean.Values.Length != count || own.Values.Length != count)
        {
            throw Throw.LayoutMismatch();
        }

        _difference = difference;
        _own = own;
        _bound = terms.Bound;
        Layout = ControlledUpdates.LayoutOf(terms, difference.Layout);
        After = new ControlVariate(Compute(totalStep, mean, policy));
    }

    /// <inheritdoc/>
    public ModelLayout Layout { get; }

    /// <summary>The client's own control variate once this update is in an opened sum; until then the one before it holds.</summary>
    public ControlVariate After { get; }

    /// <summary>The number of control differences that exceeded their bound and travel as the bound.</summary>
    public long Clamped { get; private set; }

    /// <inheritdoc/>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        int count = _own.Numbers.Length;
        int values = (int)Math.Clamp(count - start, 0, destination.Length);
        if (values > 0)
        {
            _difference.CopyFlatTo(start, destination[..values]);
        }

        for (int i = values; i < destination.Length; i++)
        {
            long position = start + i - count;
            destination[i] = (double)After.Numbers[position] - _own.Numbers[position];
        }
    }

    private float[] Compute(double totalStep, ControlVariate mean, BoundPolicy policy)
    {
        ModelLayout layout = _difference.Layout;
        var after = new float[_own.Numbers.Length];
        using var buffer = new SecretBuffer(BlockLength);
        for (int start = 0; start < after.Length;)
        {
            TensorRun run = layout.RunAt(start, Math.Min(BlockLength, after.Length - start));
            Span<double> values = buffer.Span[..run.Length];
            _difference.CopyFlatTo(start, values);
            for (int i = 0; i < values.Length; i++)
            {
                double change = -(values[i] / totalStep) - mean.Numbers[start + i];
                bool isWithin = Math.Abs(change) <= _bound;
                if (!isWithin && (policy == BoundPolicy.Refuse || !double.IsFinite(change)))
                {
                    // A trained value that is not finite has a name that the host knows.
                    ValueError error = double.IsFinite(change) ? ValueError.OutsideBound : ValueError.NotFinite;
                    string tensor = double.IsFinite(values[i]) ? Layout.Tensors[Layout.RunAt((long)after.Length + start + i, 1).TensorIndex].Name : layout.Tensors[run.TensorIndex].Name;
                    throw new ModelValueException(error, tensor, run.Start + i);
                }

                Clamped += isWithin ? 0 : 1;
                after[start + i] = WithinBound(_own.Numbers[start + i], Math.Clamp(change, -_bound, _bound));
            }

            start += run.Length;
        }

        return after;
    }

    /// <summary>Moves a number, and rounds it towards where it was if it would lie beyond the bound of its movement otherwise: what travels is the movement.</summary>
    private float WithinBound(float own, double change)
    {
        float after = ControlVariate.ToFinite(own + change);
        while (Math.Abs((double)after - own) > _bound)
        {
            after = after > own ? MathF.BitDecrement(after) : MathF.BitIncrement(after);
        }

        return after;
    }
}
