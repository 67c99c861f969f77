// The server adds up what it cannot read. Start it in the folder of its kit: appsettings.json there says the rest.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddFedHeServer(builder.Configuration.GetSection("FedHe"));
WebApplication app = builder.Build();
app.MapFedHe("/fedhe/v1");
app.Run();
