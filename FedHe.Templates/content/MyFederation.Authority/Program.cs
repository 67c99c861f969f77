// The key authority gives each client on the roster its keys, and listens on nothing. Start it in the folder of its kit.
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddFedHeKeyAuthority(builder.Configuration.GetSection("FedHe")).Federation.AuthenticateByRosterAlone();
builder.Build().Run();
