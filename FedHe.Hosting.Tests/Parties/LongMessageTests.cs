using System.Net;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Parties;
using FedHe.Hosting.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>A server that offers more than a party could hold.</summary>
public sealed class LongMessageTests
{
    [Theory]
    [InlineData(1L << 31)]
    [InlineData(1L << 45)]
    public async Task Message_LongerThanAnArray_IsRefusedUnread(long length)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using WebApplication server = builder.Build();
        server.Run(async context =>
        {
            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = length;
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await server.StartAsync();
        using var link = new ServerLink(new FedHePartyOptions { Server = new Uri(server.Urls.Single()) }, Guid.NewGuid(), "c1", token: null, TimeProvider.System, new LogList());

        (await FluentActions.Awaiting(() => link.ReceiveAsync(after: null, TimeSpan.Zero, default)).Should().ThrowAsync<HostingException>())
            .Which.Error.Should().Be(HostingError.RequestRefused);
    }
}
