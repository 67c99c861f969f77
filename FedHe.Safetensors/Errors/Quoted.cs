using System.Text;

namespace FedHe.Safetensors.Errors;

/// <summary>A name from a file, quoted for messages: short, and without characters that could forge a line of a log.</summary>
internal static class Quoted
{
    private const int LongestShown = 80;

    public static string Name(string name)
    {
        var text = new StringBuilder("'");
        foreach (char one in name.AsSpan(0, Math.Min(name.Length, LongestShown)))
        {
            text.Append(char.IsControl(one) || char.IsSurrogate(one) ? '?' : one);
        }

        return text.Append(name.Length > LongestShown ? "...'" : "'").ToString();
    }
}
