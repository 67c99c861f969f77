using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Selection;

/// <summary>
/// What changes when a job that follows another encrypts other values. A value that once travelled in clear stays exposed:
/// encrypting it later hides what becomes of it, not what it was. Public and immutable.
/// </summary>
public sealed record MaskChange
{
    private MaskChange(EncryptionMask before, EncryptionMask after)
    {
        Before = before;
        After = after;
    }

    /// <summary>The mask so far.</summary>
    public EncryptionMask Before { get; }

    /// <summary>The mask from now on.</summary>
    public EncryptionMask After { get; }

    /// <summary>Number of values that are encrypted from now on and were in clear just before.</summary>
    public required int NewlyEncrypted { get; init; }

    /// <summary>Number of values that travel in clear from now on and were encrypted just before.</summary>
    public required int NewlyClear { get; init; }

    /// <summary>Number of values that are encrypted from now on although some mask so far left them in clear.</summary>
    public required int EncryptedAfterExposure { get; init; }

    /// <summary>
    /// The record to keep: it encrypts what every mask so far encrypted, <see cref="After"/> included, and leaves in clear
    /// whatever was exposed at any time. Store it and pass it to the next change.
    /// </summary>
    public required EncryptionMask NeverExposed { get; init; }

    /// <summary>Number of values that travelled in clear at any time, or will under <see cref="After"/>.</summary>
    public int ExposedCount => NeverExposed.ClearCount;

    /// <summary>Compares two masks of one model.</summary>
    /// <param name="layout">The model.</param>
    /// <param name="before">The mask so far.</param>
    /// <param name="after">The mask from now on.</param>
    /// <param name="neverExposed">The record of the change before this one; null if <paramref name="before"/> was the first mask.</param>
    /// <exception cref="HeMismatchException">A mask is for another layout.</exception>
    public static MaskChange Between(
        ModelLayout layout, EncryptionMask before, EncryptionMask after, EncryptionMask? neverExposed = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        bool[] isEncryptedBefore = FlagsOf(before, layout);
        bool[] isEncryptedAfter = FlagsOf(after, layout);
        bool[] isUnexposedBefore = neverExposed is null ? isEncryptedBefore : FlagsOf(neverExposed, layout);
        var unexposed = new PositionSet(layout.ParameterCount);
        int newlyEncrypted = 0;
        int newlyClear = 0;
        int late = 0;
        for (int i = 0; i < isEncryptedAfter.Length; i++)
        {
            bool wasExposed = !isEncryptedBefore[i] || !isUnexposedBefore[i];
            newlyEncrypted += isEncryptedAfter[i] && !isEncryptedBefore[i] ? 1 : 0;
            newlyClear += !isEncryptedAfter[i] && isEncryptedBefore[i] ? 1 : 0;
            late += isEncryptedAfter[i] && wasExposed ? 1 : 0;
            if (isEncryptedAfter[i] && !wasExposed)
            {
                unexposed.Add(i);
            }
        }

        return new MaskChange(before, after)
        {
            NewlyEncrypted = newlyEncrypted,
            NewlyClear = newlyClear,
            EncryptedAfterExposure = late,
            NeverExposed = new EncryptionMask(layout, unexposed.Runs()),
        };
    }

    /// <summary>Two sentences for the host to show.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{NewlyEncrypted} values newly encrypted, {NewlyClear} newly in clear. " +
        $"{ExposedCount} of {After.ParameterCount} exposed so far ({(double)ExposedCount / After.ParameterCount:P1}), " +
        $"of which {EncryptedAfterExposure} are encrypted from now on: that hides what becomes of them, not what they were.");

    private static bool[] FlagsOf(EncryptionMask mask, ModelLayout layout)
    {
        if (mask.LayoutDigest != layout.Digest)
        {
            throw Throw.MaskOfAnotherLayout();
        }

        var encrypted = new bool[mask.EncryptedCount];
        encrypted.AsSpan().Fill(true);
        var flags = new bool[mask.ParameterCount];
        mask.ScatterEncrypted<bool>(encrypted, flags);
        return flags;
    }
}
