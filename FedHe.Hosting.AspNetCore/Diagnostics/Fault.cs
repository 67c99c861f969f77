using System.Globalization;
using FedHe.Hosting.Errors;

namespace FedHe.Hosting.AspNetCore.Diagnostics;

/// <summary>
/// A fault is what the log says of an exception: its type and, of the operating system's, its code. The message is logged only where it is one
/// of ours, since a message of somebody else may hold anything.
/// </summary>
internal static class Fault
{
    public static string Of(Exception exception) => exception switch
    {
        HostingException or StoreException => exception.Message,
        IOException or UnauthorizedAccessException => string.Create(CultureInfo.InvariantCulture, $"{exception.GetType().Name}, code {exception.HResult:X8}"),
        _ => exception.GetType().Name,
    };
}
