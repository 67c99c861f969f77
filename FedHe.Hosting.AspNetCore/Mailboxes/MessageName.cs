using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FedHe.Hosting.AspNetCore.Mailboxes;

/// <summary>
/// The name of a message in a mailbox, LIFE-NUMBER: the life of the server's process, and the position. A process that starts names the
/// messages that it finds anew, so a name of an earlier one means nothing to it.
/// </summary>
/// <param name="Life">The life of the process.</param>
/// <param name="Number">The number in this life, from 1.</param>
internal readonly record struct MessageName(Guid Life, long Number)
{
    private const int LifeLength = 32;

    public static bool TryParse(string? text, [NotNullWhen(true)] out MessageName? name)
    {
        name = text?.Length > LifeLength + 1 && text[LifeLength] == '-'
            && Guid.TryParseExact(text.AsSpan(0, LifeLength), "N", out Guid life)
            && long.TryParse(text.AsSpan(LifeLength + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new MessageName(life, number)
            : null;
        return name is not null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Life:N}-{Number}");
}
