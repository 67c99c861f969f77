using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Policies;

namespace FedHe.Orchestration.Job;

/// <summary>The policy text is a mask policy as it travels: text that no other text of the same policy replaces.</summary>
internal static class PolicyText
{
    private const int MaxBytes = 1 << 14;

    /// <summary>Reads a policy, and returns null when writing it again would change its text.</summary>
    public static MaskPolicy? Read(ref WireReader reader)
    {
        string text = reader.ReadString(MaxBytes);
        return reader.Failed ? null : ParseCanonical(text);
    }

    private static MaskPolicy? ParseCanonical(string text)
    {
        try
        {
            var policy = MaskPolicy.Parse(text);
            return policy.ToString() == text ? policy : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
