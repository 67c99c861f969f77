using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Endpoints;
using Microsoft.AspNetCore.Http;

namespace FedHe.Hosting.Tests.Support;

/// <summary>This class makes what arrives with a request, without a network.</summary>
internal static class ArrivingBodies
{
    /// <summary>Makes the body of a request, whose connection ends behind the bytes.</summary>
    /// <param name="bytes">The bytes that come.</param>
    /// <param name="stated">The length that the request states, or null for the right one.</param>
    public static ArrivingBody Of(ReadOnlyMemory<byte> bytes, int? stated = null) => new(RequestOf(bytes), stated ?? bytes.Length, TimeProvider.System);

    /// <summary>Makes the message of a request.</summary>
    public static Task<ArrivingMessage> MessageOf(ReadOnlyMemory<byte> bytes) => ArrivingMessage.BeginAsync(RequestOf(bytes), bytes.Length, TimeProvider.System, CancellationToken.None);

    private static HttpRequest RequestOf(ReadOnlyMemory<byte> bytes) => new DefaultHttpContext { Request = { Body = new MemoryStream(bytes.ToArray()) } }.Request;
}
