using System.Globalization;
using System.Numerics;

namespace HospitalFedAvg;

/// <summary>A number on the command line has a decimal point and no thousands separators, whatever the system's
/// language.</summary>
internal static class CommandLineNumber
{
    /// <summary>Reads a number; 0,05 is none, where 5 would be a surprise.</summary>
    public static bool TryParse<T>(string text, out T value)
        where T : INumber<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T? number))
        {
            value = number;
            return true;
        }

        value = T.Zero;
        return false;
    }
}
