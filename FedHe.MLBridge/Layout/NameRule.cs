using System.Text;

namespace FedHe.MLBridge.Layout;

/// <summary>The rule for tensor names, which come from untrusted sources and appear in messages and logs.</summary>
internal static class NameRule
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Returns whether a name is not empty, has at most the given length in UTF-8 and contains no control characters.
    /// </summary>
    public static bool IsValid(string name, int maxBytes)
    {
        if (name.Length == 0 || name.Length > maxBytes || name.Any(char.IsControl))
        {
            return false;
        }

        try
        {
            return StrictUtf8.GetByteCount(name) <= maxBytes;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
