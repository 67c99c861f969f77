using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Selection;

/// <summary>
/// A mask change describes the effect of replacing the mask of one job by another in the job that follows. It is public
/// and immutable.
/// </summary>
/// <remarks>
/// A value that once traveled in clear stays exposed: encrypting it later hides what becomes of it, not what it was.
/// </remarks>
public sealed record MaskChange
{
    private MaskChange(EncryptionMask before, EncryptionMask after)
    {
        Before = before;
        After = after;
    }

    /// <summary>The mask before the change.</summary>
    public EncryptionMask Before { get; }

    /// <summary>The mask after the change.</summary>
    public EncryptionMask After { get; }

    /// <summary>The number of values that are encrypted after the change and were in clear just before.</summary>
    public required long NewlyEncrypted { get; init; }

    /// <summary>The number of values that are in clear after the change and were encrypted just before.</summary>
    public required long NewlyClear { get; init; }

    /// <summary>
    /// The number of values that are encrypted after the change although some earlier mask left them in clear.
    /// </summary>
    public required long EncryptedAfterExposure { get; init; }

    /// <summary>
    /// The record of the values that no mask so far, <see cref="After"/> included, has left in clear, as a mask that
    /// encrypts exactly these. Store it and pass it to the next change.
    /// </summary>
    public required EncryptionMask NeverExposed { get; init; }

    /// <summary>
    /// The number of values that have traveled in clear at any time, or will under <see cref="After"/>.
    /// </summary>
    public long ExposedCount => NeverExposed.ClearCount;

    /// <summary>Compares two masks of one model.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="before">The mask before the change.</param>
    /// <param name="after">The mask after the change.</param>
    /// <param name="neverExposed">
    /// The <see cref="NeverExposed"/> record of the previous change, or null if <paramref name="before"/> was the first
    /// mask.
    /// </param>
    /// <exception cref="HeMismatchException">A mask is for another layout.</exception>
    public static MaskChange Between(
        ModelLayout layout, EncryptionMask before, EncryptionMask after, EncryptionMask? neverExposed = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        Check(before, layout);
        Check(after, layout);
        Check(neverExposed ?? before, layout);
        var unexposed = new PositionSet(layout.ParameterCount);
        long newlyEncrypted = 0;
        long newlyClear = 0;
        long late = 0;
        EncryptionMask never = neverExposed ?? before;
        for (long start = 0; start < layout.ParameterCount;)
        {
            long end = Math.Min(Math.Min(before.EndOfRun(start), after.EndOfRun(start)), never.EndOfRun(start));
            bool wasEncrypted = before.IsEncrypted(start);
            bool isEncrypted = after.IsEncrypted(start);
            bool wasExposed = !wasEncrypted || !never.IsEncrypted(start);
            newlyEncrypted += isEncrypted && !wasEncrypted ? end - start : 0;
            newlyClear += !isEncrypted && wasEncrypted ? end - start : 0;
            late += isEncrypted && wasExposed ? end - start : 0;
            if (isEncrypted && !wasExposed)
            {
                unexposed.Add(new MaskRange(start, end - start));
            }

            start = end;
        }

        return new MaskChange(before, after)
        {
            NewlyEncrypted = newlyEncrypted,
            NewlyClear = newlyClear,
            EncryptedAfterExposure = late,
            NeverExposed = new EncryptionMask(layout, unexposed),
        };
    }

    /// <summary>Returns two sentences for the host to show.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{NewlyEncrypted} values newly encrypted, {NewlyClear} newly in clear. " +
        $"{ExposedCount} of {After.ParameterCount} exposed so far ({(double)ExposedCount / After.ParameterCount:P1}), " +
        $"of which {EncryptedAfterExposure} are encrypted from now on: that hides what becomes of them, not what they were.");

    private static void Check(EncryptionMask mask, ModelLayout layout)
    {
        if (mask.LayoutDigest != layout.Digest)
        {
            throw Throw.MaskOfAnotherLayout();
        }
    }
}
